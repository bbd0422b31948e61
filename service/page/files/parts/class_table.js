// How many rows of each class are in each split.

import { h } from "./dom.js";
import { number, percent } from "./words.js";

const MOST = 100; // classes that are told one by one

/** @param {object} dataset that is ready */
export function classTable({ classes, splits }) {
  const names = Object.keys(splits).filter((name) => splits[name]?.rows);
  const most = Math.max(...names.flatMap((name) => splits[name].per_class));
  const line = (label, i) => h("tr", {}, h("th", { scope: "row" }, label), names.map((name) => {
    const rows = splits[name].per_class[i];
    return h("td", { class: "num bar-cell" },
      h("span", { class: "bar-of", "aria-hidden": "true", style: { width: `calc((100% - .6rem) * ${rows / Math.max(most, 1)})` } }),
      number(rows), h("span", { class: "soft small" }, ` ${percent(rows / splits[name].rows, 0)}`));
  }));
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Rows of each class" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Class", ...names].map((name, i) => h("th", { scope: "col", class: i ? "num" : null }, name)))),
    h("tbody", {}, classes.slice(0, MOST).map(line)),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, classes.length > MOST ? `All ${classes.length} classes` : "All"),
      names.map((name) => h("td", { class: "num" }, number(splits[name].rows)))))));
}
