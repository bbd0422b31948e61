// How well a model did, said first and drawn beside it.

import { h } from "./dom.js";
import { number, percent } from "./words.js";

/**
 * The accuracy on a split as a sentence over a bar with its interval.
 * @param {{rows: number, accuracy: number, accuracy_interval: number[], majority_baseline: number}} split
 * @param {string} rows how they are called, such as `test rows`
 */
export function accuracy(split, rows) {
  const [low, high] = split.accuracy_interval;
  return h("div", { class: "measured" },
    h("p", {}, h("span", { class: "figure" }, percent(split.accuracy)), ` of ${number(split.rows)} ${rows} answered right`),
    h("div", { class: "measure", "aria-hidden": "true" },
      h("span", { class: "measure-interval",
        style: { left: percent(low, 3).replace(" ", ""), width: percent(high - low, 3).replace(" ", "") } }),
      h("span", { class: "measure-baseline", style: { left: percent(split.majority_baseline, 3).replace(" ", "") } }),
      h("span", { class: "measure-dot", style: { left: percent(split.accuracy, 3).replace(" ", "") } })),
    h("p", { class: "small soft" }, `Of all such rows, between ${percent(low)} and ${percent(high)} (95 %). `,
      `Always naming the most frequent class is right on ${percent(split.majority_baseline)}.`));
}

/** A line for each split that was measured. */
export function splitsTable(result) {
  const splits = ["train", "validation", "test"].filter((name) => result[name]);
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "How it did on each split" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Split", "Rows", "Cost", "Accuracy", "95 %", "AUC"].map((word, i) =>
      h("th", { scope: "col", class: i ? "num" : null }, word)))),
    h("tbody", {}, splits.map((name) => splitLine(name, result[name])))));
}

function splitLine(name, split) {
  const [low, high] = split.accuracy_interval;
  return h("tr", {}, h("th", { scope: "row" }, name),
    [number(split.rows), number(split.loss), percent(split.accuracy), `${percent(low)} – ${percent(high)}`, number(split.auc)]
      .map((said) => h("td", { class: "num" }, said)));
}
