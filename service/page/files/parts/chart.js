// Curves over epochs: they grow, are pointed at, and can be read without seeing them.

import { Canvas, colourOf } from "./canvas.js";
import { paint } from "./chart_paint.js";
import { h, put } from "./dom.js";
import { number } from "./words.js";

const HEIGHT = 260;
const FEW = 12; // rows of the table
const PLURALS = { epoch: "epochs", step: "steps", seconds: "places" };
const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageDown: -0.1, PageUp: 0.1, Home: -Infinity, End: Infinity };

/**
 * A chart. A line is `{name, x: Column, y: Column, ink: number, dashed: boolean}`; `ink` is one of the
 * six colours. After a column has grown, `changed()` is all that is to be done.
 */
export class Chart {
  /**
   * @param {{title: string, unit?: string, said?: (value: number) => string,
   *   marked?: (value: number) => string, most?: number | null,
   *   signal: AbortSignal}} how `unit` is of what counts along; `marked` says
   *   the marks upwards; `most` is the end of the scale
   */
  constructor({ title, unit = "epoch", said = number, marked = said, most = null, signal }) {
    Object.assign(this, { title, unit, said, marked, most, signal });
    this.lines = [];
    this.log = false;
    this.cursor = null;
    this.lies = null;
    this.canvas = new Canvas({ height: HEIGHT, signal, draw: (...on) => this.#draw(...on), attributes: this.#pointed() });
    this.tip = h("div", { class: "chart-tip", hidden: true });
    this.canvas.element.append(this.tip);
    this.legend = h("ul", { class: "legend" });
    this.table = h("details", { class: "chart-table small", ontoggle: () => this.#fillTable() }, h("summary"), h("div", { class: "scroll" }));
    this.element = h("figure", { class: "chart" }, h("figcaption", {}, h("h3", {}, title), this.legend), this.canvas.element, this.table);
  }

  /** Show these lines. */
  show(lines) {
    this.lines = lines;
    put(this.legend, lines.map(({ name, ink, dashed }) => h("li", {}, h("span", { class: `swatch ink-${ink} ${dashed ? "dashed" : ""}` }), name)));
    this.swatches = [...this.legend.querySelectorAll(".swatch")];
    this.changed();
  }

  /** Draw with the next frame: columns have grown. */
  changed() {
    this.canvas.changed();
  }

  setLog(log) {
    this.log = log;
    this.changed();
  }

  #pointed() {
    return {
      role: "slider", tabindex: "0", "aria-label": `${this.title} by ${this.unit}`, "aria-valuenow": 0, "aria-valuetext": "nothing yet",
      onpointermove: (event) => this.#pointAt(event), onpointerleave: () => this.#point(null),
      onpointerdown: (event) => this.#pointAt(event),
      onfocus: () => this.cursor === null && this.lies && this.#point(this.lies.span[1]), onblur: () => this.#point(null),
      onkeydown: (event) => this.#key(event),
    };
  }

  #draw(context, width, height) {
    const ink = colourOf(this.legend);
    const lines = this.lines.map((line, at) => ({ ...line, colour: colourOf(this.swatches[at]) }));
    const grid = getComputedStyle(this.element).borderTopColor;
    const { log, most, marked, cursor } = this;
    this.lies = paint(context, { width, height, lines, log, most, marked, whole: this.unit !== "seconds", ink, grid, cursor });
    if (this.lies === null) this.#nothing(context, width, height, ink);
    this.#tell();
    if (this.table.open) this.#fillTable();
  }

  #nothing(context, width, height, ink) {
    context.fillStyle = ink;
    context.textAlign = "center";
    context.font = "14px system-ui, sans-serif";
    context.fillText("Nothing yet: the first epoch has not ended.", width / 2, height / 2);
  }

  #pointAt({ offsetX }) {
    if (!this.lies) return;
    const { left, right, span: [first, last] } = this.lies;
    const share = Math.min(1, Math.max(0, (offsetX - left) / (right - left)));
    this.#point(this.#nearest(first + share * (last - first)));
  }

  #nearest(value) {
    const longest = this.#longest();
    const at = Math.max(0, longest.lastUpTo(value));
    const next = Math.min(at + 1, longest.length - 1);
    return value - longest.values[at] <= longest.values[next] - value ? longest.values[at] : longest.values[next];
  }

  #key(event) {
    const step = KEYS[event.key];
    if (step === undefined || !this.lies) return;
    event.preventDefault();
    const { span: [first, last] } = this.lies;
    const from = this.cursor ?? last;
    const by = Math.abs(step) === 0.1 ? Math.sign(step) * Math.max(1, Math.abs(step) * (last - first)) : step;
    this.#point(Number.isFinite(by) ? this.#beside(from, by, first, last) : by < 0 ? first : last);
  }

  /** The place that many steps on: the next one that there is, where steps of one lead to none. */
  #beside(from, by, first, last) {
    const wanted = Math.min(last, Math.max(first, from + by));
    const found = this.#nearest(wanted);
    if (found !== from || wanted === from) return found;
    const longest = this.#longest();
    const at = longest.lastUpTo(from) + Math.sign(by);
    return longest.values[Math.min(longest.length - 1, Math.max(0, at))];
  }

  #point(cursor) {
    this.cursor = cursor;
    this.changed();
  }

  /** The places of the line that has the most. */
  #longest() {
    return this.lines.reduce((most, { x }) => (x.length > most.length ? x : most), { length: 0 });
  }

  /** What the lines have at a place: `[[line, value], …]`. */
  at(place) {
    return this.lines.map((line) => {
      const at = line.x.lastUpTo(place);
      const inside = at >= 0 && line.x.values[line.x.length - 1] >= place;
      return [line, inside ? line.y.values[at] : NaN];
    }).filter(([, value]) => !Number.isNaN(value));
  }

  /** Say the place that is pointed at, for eyes and for ears; or where all is by now. */
  #tell() {
    const slider = this.canvas.element;
    const [first, last] = this.lies?.span ?? [0, 0];
    const place = this.cursor ?? last;
    slider.setAttribute("aria-valuemin", first);
    slider.setAttribute("aria-valuemax", last);
    slider.setAttribute("aria-valuenow", place);
    const values = this.lies ? this.at(place) : [];
    const words = values.map(([line, value]) => `${line.name} ${this.said(value)}`);
    slider.setAttribute("aria-valuetext", words.length ? `${this.unit} ${number(place)}: ${words.join(", ")}` : "nothing yet");
    this.#count();
    this.tip.hidden = this.cursor === null || !this.lies;
    if (!this.tip.hidden) this.#fillTip(place, values);
  }

  /** Say how many places there are, where they can be read. */
  #count() {
    const count = this.#longest().length;
    if (count === this.counted) return;
    this.counted = count;
    this.table.firstElementChild.textContent = `As a table (${number(count)} ${PLURALS[this.unit]})`;
  }

  #fillTip(place, values) {
    put(this.tip, h("strong", {}, `${this.unit} ${number(place)}`),
      values.map(([line, value]) => h("div", {}, h("span", { class: `swatch ink-${line.ink} ${line.dashed ? "dashed" : ""}` }), `${line.name} `, h("b", {}, this.said(value)))));
    const { left, right, span: [first, last] } = this.lies;
    const at = left + ((place - first) / (last - first)) * (right - left);
    const wide = at > (left + right) / 2;
    Object.assign(this.tip.style, { left: wide ? "auto" : `${at + 12}px`, right: wide ? `${this.canvas.width - at + 12}px` : "auto" });
  }

  #fillTable() {
    if (!this.table.open) return;
    const longest = this.#longest();
    const count = Math.min(FEW, longest.length);
    const places = Array.from({ length: count }, (_, n) => longest.values[count === 1 ? 0 : Math.round((n * (longest.length - 1)) / (count - 1))]);
    put(this.table.querySelector(".scroll"), h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, this.unit), this.lines.map((line) => h("th", { scope: "col", class: "num" }, line.name)))),
      h("tbody", {}, places.map((place) => this.#row(place)))));
  }

  #row(place) {
    const values = new Map(this.at(place));
    return h("tr", {}, h("th", { scope: "row" }, number(place)),
      this.lines.map((line) => h("td", { class: "num" }, values.has(line) ? this.said(values.get(line)) : "–")));
  }
}
