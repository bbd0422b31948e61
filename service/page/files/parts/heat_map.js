// A measure of each layer over the epochs, as colours.

import { Canvas, colourOf } from "./canvas.js";
import { h, put } from "./dom.js";
import { even } from "./scale.js";
import { number } from "./words.js";

const ROW = 26; // pixels that a layer is high
const CELL = 3; // that an epoch is wide, at least
const LEFT = 96;
const BOTTOM = 24;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * A heat map. `show` takes what is drawn: `signs`, a growing list of `{at, …}`; `valueOf(sign, layer)`,
 * null for nothing; whether colours go by the logarithm; and how a value is said.
 */
export class HeatMap {
  constructor({ signal }) {
    this.what = null;
    this.pointed = null; // [column, layer]
    this.canvas = new Canvas({ height: 3 * ROW, signal, draw: (...on) => this.#draw(...on), attributes: this.#pointing() });
    this.tip = h("div", { class: "chart-tip", hidden: true });
    this.canvas.element.append(this.tip);
    this.colours = ["low", "middle", "high"].map((name) => h("span", { class: `heat-${name}` }));
    this.ends = [h("span"), h("span")];
    const key = h("p", { class: "heat-key small soft" }, this.ends[0], h("span", { class: "heat-bar" }), this.ends[1]);
    this.element = h("figure", { class: "chart heat" }, this.canvas.element, key, h("span", { hidden: true }, this.colours));
  }

  /** @param {{title: string, signs: object[], layers: string[], valueOf: Function, log: boolean, said: Function}} what */
  show(what) {
    this.what = what;
    this.pointed = null;
    this.canvas.element.setAttribute("aria-label", `${what.title} of each layer by epoch`);
    this.canvas.setHeight(what.layers.length * ROW + BOTTOM);
  }

  changed() {
    this.canvas.changed();
  }

  #pointing() {
    return {
      role: "slider", tabindex: "0", "aria-label": "Layers", "aria-valuenow": 0, "aria-valuetext": "nothing yet",
      onpointermove: (event) => this.#pointAt(event), onpointerleave: () => this.#point(null), onblur: () => this.#point(null),
      onfocus: () => this.pointed === null && this.#point([Infinity, 0]),
      onkeydown: (event) => {
        const step = STEPS[event.key];
        if (!step || !this.grid) return;
        event.preventDefault();
        const [column, layer] = this.pointed ?? [this.grid.columns - 1, 0];
        this.#point([Math.min(column, this.grid.columns - 1) + step[0], layer + step[1]]);
      },
    };
  }

  #pointAt({ offsetX, offsetY }) {
    if (this.grid) this.#point(offsetX < LEFT ? null : [Math.floor((offsetX - LEFT) / this.grid.wide), Math.floor(offsetY / ROW)]);
  }

  #point(pointed) {
    this.pointed = pointed;
    this.changed();
  }

  #draw(context, width, height) {
    context.clearRect(0, 0, width, height);
    this.grid = null;
    if (!this.what?.signs.length) return;
    const grid = gridOf(this.what, Math.floor((width - LEFT - 8) / CELL));
    this.grid = { ...grid, wide: (width - LEFT - 8) / grid.columns };
    if (this.pointed) this.pointed = this.pointed.map((at, axis) => Math.max(0, Math.min(at, (axis ? this.what.layers.length : grid.columns) - 1)));
    context.imageSmoothingEnabled = false;
    const colours = this.colours.map((span) => colourOf(span).match(/[\d.]+/g).map(Number));
    context.drawImage(pictureOf(grid, this.what, colours), LEFT, 0, width - LEFT - 8, this.what.layers.length * ROW);
    this.#words(context, width, height);
    this.#tell(context);
  }

  #words(context, width, height) {
    const { layers, signs, said } = this.what;
    context.fillStyle = colourOf(this.ends[0]);
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    layers.forEach((name, layer) => context.fillText(name, LEFT - 8, (layer + 0.5) * ROW, LEFT - 12));
    context.textAlign = "center";
    const last = signs.at(-1).at;
    const half = this.grid.wide / 2; // a mark stands under the middle of its epoch
    const x = even([signs[0].at, Math.max(last, signs[0].at + 1)], [LEFT + half, width - 8 - half], Math.max(2, width / 110));
    for (const mark of x.marks.filter(Number.isInteger)) context.fillText(number(mark), Math.min(x.to(mark), width - 16), height - BOTTOM / 2);
    put(this.ends[0], said(this.grid.low));
    put(this.ends[1], said(this.grid.high));
  }

  #tell(context) {
    const slider = this.canvas.element;
    const { columns, wide } = this.grid;
    const [column, layer] = this.pointed ?? [columns - 1, 0];
    const sign = this.what.signs[this.grid.first(column)];
    const value = this.what.valueOf(sign, layer);
    const words = `epoch ${number(sign.at)}, ${this.what.layers[layer]}: ${value === null ? "nothing" : this.what.said(value)}`;
    slider.setAttribute("aria-valuemax", columns - 1);
    slider.setAttribute("aria-valuemin", 0);
    slider.setAttribute("aria-valuenow", column);
    slider.setAttribute("aria-valuetext", words);
    this.tip.hidden = !this.pointed;
    if (!this.pointed) return;
    context.strokeStyle = colourOf(this.element);
    context.lineWidth = 2;
    context.strokeRect(LEFT + column * wide, layer * ROW + 1, Math.max(wide, 4), ROW - 2);
    put(this.tip, words);
    const right = column > columns / 2;
    Object.assign(this.tip.style, {
      left: right ? "auto" : `${LEFT + (column + 1) * wide + 10}px`, right: right ? `${(columns - column) * wide + 18}px` : "auto",
    });
  }
}

/** Means of neighbouring epochs, so that each has some pixels; of the logarithm where that is shown. */
function gridOf({ signs, layers, valueOf, log }, most) {
  const columns = Math.max(1, Math.min(signs.length, most));
  const first = (column) => Math.floor((column * signs.length) / columns);
  const cells = new Float64Array(columns * layers.length).fill(NaN);
  let [low, high] = [Infinity, -Infinity];
  for (let layer = 0; layer < layers.length; layer++) {
    for (let column = 0; column < columns; column++) {
      const mean = meanOf(signs, first(column), first(column + 1), (sign) => valueOf(sign, layer), log);
      if (mean < low) low = mean;
      if (mean > high) high = mean;
      cells[layer * columns + column] = mean;
    }
  }
  return { columns, first, cells, low: low <= high ? low : null, high: low <= high ? high : null };
}

function meanOf(signs, from, to, valueOf, log) {
  let [sum, count] = [0, 0];
  for (let at = from; at < to; at++) {
    const value = valueOf(signs[at]);
    if (value === null || value === undefined || (log && value <= 0)) continue;
    sum += log ? Math.log10(value) : value;
    count += 1;
  }
  return count ? (log ? 10 ** (sum / count) : sum / count) : NaN;
}

/** A pixel for each cell, which is drawn larger; without a value it stays clear. */
function pictureOf({ columns, cells, low, high }, { layers, log }, colours) {
  const pixels = new ImageData(columns, layers.length);
  const by = log ? Math.log10 : Number;
  const span = by(high) - by(low) || 1;
  cells.forEach((value, at) => {
    if (Number.isNaN(value)) return;
    const share = 2 * ((by(value) - by(low)) / span);
    const [from, to] = share < 1 ? [colours[0], colours[1]] : [colours[1], colours[2]];
    const part = share < 1 ? share : share - 1;
    for (let channel = 0; channel < 3; channel++) pixels.data[4 * at + channel] = from[channel] + part * (to[channel] - from[channel]);
    pixels.data[4 * at + 3] = 255;
  });
  const canvas = new OffscreenCanvas(columns, layers.length);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}
