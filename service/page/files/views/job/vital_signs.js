// How the layers of a network are: a measure of each over the epochs, and all of the last one.

import { h, put } from "../../parts/dom.js";
import { HeatMap } from "../../parts/heat_map.js";
import { number, percent } from "../../parts/words.js";

const SIGNS = {
  gradient: {
    name: "Gradient", log: true, said: number, valueOf: (sign, layer) => sign.gradient_norms?.[layer] ?? null,
    means: "How steep the cost is, the norm of each layer's gradient. One that is a thousandth of its neighbour's learns nothing.",
  },
  update_ratio: {
    name: "Update", log: true, said: number, valueOf: (sign, layer) => sign.layers[layer]?.update_ratio ?? null,
    means: "How far a step moves the weights, beside how large they are. About a thousandth is usual.",
  },
  weight_norm: {
    name: "Weights", log: true, said: number, valueOf: (sign, layer) => sign.layers[layer]?.weight_norm ?? null,
    means: "How large the weights are, as the norm of each layer's.",
  },
  dead: {
    name: "Dead units", log: false, said: (share) => percent(share, 0), valueOf: (sign, layer) => sign.layers[layer]?.dead ?? null,
    means: "The share of units through which no row sends a gradient: they do not learn.",
  },
  saturated: {
    name: "Saturated units", log: false, said: (share) => percent(share, 0), valueOf: (sign, layer) => sign.layers[layer]?.saturated ?? null,
    means: "The share of units that answer the same to nearly every row.",
  },
};

export class VitalSigns {
  /** @param {{feed: import("../../parts/job_feed.js").JobFeed, signal: AbortSignal}} how */
  constructor({ feed, signal }) {
    this.feed = feed;
    this.sign = "gradient";
    this.map = new HeatMap({ signal });
    this.means = h("p", { class: "soft small" });
    this.last = h("details", { class: "chart-table small", ontoggle: () => this.#table() }, h("summary", {}, "The last epoch, layer by layer"), h("div", { class: "scroll" }));
    const choice = Object.entries(SIGNS).map(([name, { name: word }]) => [
      h("input", { type: "radio", name: "sign", id: `sign-${name}`, value: name, checked: name === this.sign, onchange: () => this.#choose(name) }),
      h("label", { for: `sign-${name}` }, word)]);
    this.element = h("section", { class: "card", hidden: true }, h("h2", {}, "How its layers are"),
      h("div", { class: "segments", role: "group", "aria-label": "Vital sign" }, choice), this.means, this.map.element, this.last);
    this.shown = "";
  }

  /** More epochs are there. */
  grown() {
    if (!this.feed.run.signs.length) return;
    this.element.hidden = false;
    const now = [this.sign, ...this.#names()].join();
    if (now !== this.shown) this.#show();
    this.shown = now;
    this.map.changed();
    if (this.last.open) this.#table();
  }

  #choose(name) {
    this.sign = name;
    this.grown();
  }

  #show() {
    const { name, log, said, valueOf, means } = SIGNS[this.sign];
    put(this.means, means);
    this.map.show({ title: name, signs: this.feed.run.signs, layers: this.#names(), valueOf, log, said });
  }

  /** A name for each layer with parameters: its number, and its kind where that is known. */
  #names() {
    const count = this.feed.run.signs[0]?.layers.length ?? 0;
    const kinds = new Map((this.feed.job?.summary ?? []).map(({ number: at, kind }) => [at, kind]));
    return Array.from({ length: count }, (_, at) => `${at + 1} ${(kinds.get(at + 1) ?? "layer").replaceAll("_", " ")}`);
  }

  #table() {
    const sign = this.feed.run.signs.at(-1);
    if (!this.last.open || !sign) return;
    const head = h("tr", {}, h("th", { scope: "col" }, `epoch ${number(sign.at)}`), Object.values(SIGNS).map(({ name }) => h("th", { scope: "col", class: "num" }, name)));
    const rows = this.#names().map((name, layer) => h("tr", {}, h("th", { scope: "row" }, name),
      Object.values(SIGNS).map(({ valueOf, said }) => {
        const value = valueOf(sign, layer);
        return h("td", { class: "num" }, value === null ? "–" : said(value));
      })));
    put(this.last.querySelector(".scroll"), h("table", {}, h("thead", {}, head), h("tbody", {}, rows)));
  }
}
