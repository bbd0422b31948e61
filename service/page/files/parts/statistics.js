// What the numbers of a dataset are like: mean, deviation and a histogram of each channel or column.

import { ask } from "./api.js";
import { h, put, svg } from "./dom.js";
import { number, problemCard } from "./words.js";

const CHANNELS = ["red", "green", "blue"];
const MOST = 60; // columns that are told one by one
const [WIDE, HIGH] = [128, 28]; // pixels of a histogram

/** Folded; they are asked for when it is opened. @param {object} dataset @param {AbortSignal} signal */
export function statistics(dataset, signal) {
  const inside = h("div", {});
  const details = h("details", { ontoggle: once }, h("summary", {}, "What the numbers are like"), inside);

  async function once() {
    if (!details.open || inside.hasChildNodes()) return;
    put(inside, h("p", { class: "soft" }, "All rows are read for it."));
    try {
      put(inside, table(dataset, await ask(`v1/datasets/${dataset.id}/statistics`, { signal })));
    } catch (error) {
      if (error.name !== "AbortError") put(inside, problemCard(error));
    }
  }
  return details;
}

function table({ kind }, { splits, edges, features, features_left_out: left }) {
  const names = edges.map((_, i) => (kind === "images" ? CHANNELS[i] : features[i])).slice(0, MOST);
  const more = edges.length - names.length + left;
  const lines = Object.entries(splits).filter(([, { mean }]) => mean).flatMap(([split, numbers]) =>
    names.map((name, i) => line(split, name, numbers, i, edges[i])));
  return [h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Numbers of each split" }, h("table", {},
    h("thead", {}, h("tr", {}, [["Split"], [kind === "images" ? "Channel" : "Column"], ["Mean", "num"], ["Deviation", "num"], ["From", "num"], ["To", "num"], ["How often"]]
      .map(([word, kind]) => h("th", { scope: "col", class: kind }, word)))),
    h("tbody", {}, lines))),
  more > 0 && h("p", { class: "soft" }, `${number(more)} more are not shown.`)];
}

function line(split, name, { mean, sigma, histogram }, i, edges) {
  const cell = (value) => h("td", { class: "num" }, number(value, 3));
  return h("tr", {}, h("th", { scope: "row" }, split), h("td", {}, name),
    cell(mean[i]), cell(sigma[i]), cell(edges[0]), cell(edges.at(-1)), h("td", {}, bars(histogram[i], edges)));
}

function bars(counts, edges) {
  const most = Math.max(...counts, 1);
  const top = counts.indexOf(Math.max(...counts));
  const width = WIDE / counts.length;
  return svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img", class: "histogram",
    "aria-label": `most often from ${number(edges[top], 3)} to ${number(edges[top + 1], 3)}` },
  counts.map((count, i) => svg("rect", { x: i * width, width: width * 0.85, y: HIGH - (HIGH * count) / most, height: (HIGH * count) / most })));
}
