// A list of any length of which only what is seen, and a little around it, is in the document.

import { h } from "./dom.js";

const AROUND = 8; // rows above and below what is seen
const AHEAD = 40; // rows before its end at which more is asked for

/**
 * Rows of one height, `--row` pixels in the styles of its class, which move with the window.
 * Elements are kept by the keys of their items, and one that has the focus stays while its item is there.
 */
export class WindowList {
  /**
   * @param {{label: string, keyOf: (item: any) => string, draw: (row: HTMLElement, item: any) => void,
   *   onend: () => void, signal: AbortSignal}} how `draw` fills a row anew when its item is another
   *   object; `onend` is told that the end is near
   */
  constructor({ label, keyOf, draw, onend, signal }) {
    Object.assign(this, { keyOf, draw, onend });
    this.items = [];
    this.complete = false;
    this.rows = new Map(); // by key: the row, and the item that it shows
    this.frame = 0;
    this.element = h("ul", { class: "window-list", "aria-label": label });
    const sizes = new ResizeObserver(() => this.changed());
    sizes.observe(this.element);
    addEventListener("scroll", () => this.changed(), { passive: true, signal });
    addEventListener("resize", () => this.changed(), { signal });
    signal.addEventListener("abort", () => { sizes.disconnect(); cancelAnimationFrame(this.frame); });
  }

  /** Show these items; `complete`: there are no more behind them. */
  show(items, complete) {
    Object.assign(this, { items, complete });
    this.changed();
  }

  /** Draw with the next frame, once, however often it is asked for. */
  changed() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.#layOut();
    });
  }

  /** The items that are drawn now. */
  shown() {
    return [...this.rows.values()].map(({ item }) => item);
  }

  /** How many pixels a row is high. */
  height() {
    return parseFloat(getComputedStyle(this.element).getPropertyValue("--row")) || 72;
  }

  #layOut() {
    const height = this.height();
    this.element.style.height = `${height * this.items.length}px`;
    const above = -this.element.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / height) - AROUND);
    const last = Math.min(this.items.length, Math.ceil((above + innerHeight) / height) + AROUND);
    const wanted = new Set();
    let before = null;
    for (let at = first; at < last; at++) {
      wanted.add(this.keyOf(this.items[at]));
      before = this.#place(at, height, before);
    }
    this.#drop(wanted);
    if (!this.complete && last > this.items.length - AHEAD) this.onend();
  }

  /** Have the row of an item stand where it belongs, behind the one `before` for who goes by keys. */
  #place(at, height, before) {
    const item = this.items[at];
    const key = this.keyOf(item);
    const had = this.rows.get(key) ?? { row: h("li"), item: null };
    this.rows.set(key, had);
    if (had.item !== item) this.draw(had.row, item);
    had.item = item;
    had.row.style.transform = `translateY(${at * height}px)`;
    had.row.setAttribute("aria-posinset", at + 1);
    had.row.setAttribute("aria-setsize", this.complete ? this.items.length : -1);
    const next = before ? before.nextSibling : this.element.firstChild;
    if (next !== had.row && !had.row.contains(document.activeElement)) this.element.insertBefore(had.row, next);
    return had.row;
  }

  #drop(wanted) {
    for (const [key, { row }] of this.rows) {
      if (wanted.has(key)) continue;
      if (row.contains(document.activeElement) && this.items.some((item) => this.keyOf(item) === key)) continue;
      row.remove();
      this.rows.delete(key);
    }
  }
}
