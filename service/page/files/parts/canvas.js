// A canvas as sharp as the screen, that is drawn again with the next frame when something is new.

import { h } from "./dom.js";

/** A box with a canvas in it. */
export class Canvas {
  /**
   * @param {{height: number, attributes: object, draw: (context: CanvasRenderingContext2D, width: number,
   *   height: number) => void, signal: AbortSignal}} how `draw` is called at most once a frame, with CSS pixels
   */
  constructor({ height, attributes, draw, signal }) {
    Object.assign(this, { height, draw });
    this.width = 0;
    this.frame = 0;
    this.canvas = h("canvas", { "aria-hidden": "true" });
    this.element = h("div", { class: "canvas", ...attributes }, this.canvas);
    const sizes = new ResizeObserver(([{ contentRect }]) => { this.width = Math.floor(contentRect.width); this.changed(); });
    sizes.observe(this.element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.changed(), { signal });
    signal.addEventListener("abort", () => { sizes.disconnect(); cancelAnimationFrame(this.frame); });
  }

  /** Draw with the next frame, once, however often it is asked for. */
  changed() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.width > 0) this.#paint();
    });
  }

  setHeight(height) {
    this.height = height;
    this.changed();
  }

  #paint() {
    const { canvas, width, height } = this;
    const sharp = devicePixelRatio || 1;
    // To set a size clears a canvas and costs more than to draw it: only where it is another one.
    if (canvas.width !== Math.round(width * sharp)) canvas.width = Math.round(width * sharp);
    if (canvas.height !== Math.round(height * sharp)) canvas.height = Math.round(height * sharp);
    if (canvas.style.height !== `${height}px`) Object.assign(canvas.style, { width: "100%", height: `${height}px` });
    const context = canvas.getContext("2d");
    context.setTransform(sharp, 0, 0, sharp, 0, 0);
    this.draw(context, width, height);
  }
}

/** The colour that an element has, resolved for the scheme of now. */
export const colourOf = (element) => getComputedStyle(element).color;
