// What was found of a dataset: in words, with its rows as pictures, and the edit that helps.

import { at } from "./api.js";
import { h } from "./dom.js";
import { editWords, makeVersion, plain } from "./edits.js";
import { badge } from "./words.js";

const WORST_FIRST = ["severe", "warning", "info"];

/** @param {object} dataset that is ready */
export function datasetFindings(dataset) {
  const { findings } = dataset;
  if (findings.length === 0) return h("p", { class: "soft" }, "Nothing stood out: no copies across splits, no damaged files, no odd labels.");
  const rank = ({ severity }) => WORST_FIRST.indexOf(severity);
  const mended = findings.filter(({ edit }) => edit);
  return [
    mended.length > 1 && h("p", {}, h("button", { onclick: () => makeVersion(dataset, { cleaned: true }) },
      `Mend all ${mended.length} that can be mended`)),
    [...findings].sort((one, other) => rank(one) - rank(other)).map((finding) => card(dataset, finding))];
}

function card(dataset, finding) {
  const { code, severity, message, edit } = finding;
  return h("article", { class: `finding ${severity}` },
    h("div", { class: "row" }, h("h3", {}, sentence(plain(code))), badge(severity)),
    h("p", {}, message),
    dataset.kind === "images" && namesRows(finding) && pictures(dataset, code),
    edit && h("p", { class: "row" },
      h("button", { onclick: () => makeVersion(dataset, edit) }, "Make a version without it"),
      h("span", { class: "soft small" }, editWords(edit).join(" "))));
}

const pictures = ({ id }, code) => h("div", { class: "sheet", tabindex: 0, role: "region", "aria-label": `Rows of ${plain(code)}` },
  h("img", { src: at(`v1/datasets/${id}/evidence/${code}.png`).href, loading: "lazy",
    alt: `The pictures that ${plain(code)} names, each over its split and row` }));

// Numbers of rows, or groups of them; a count of rows is a number.
const namesRows = ({ evidence }) => Object.entries(evidence)
  .some(([name, rows]) => name.endsWith("_rows") && Array.isArray(rows) && rows.length > 0);

const sentence = (words) => words[0].toUpperCase() + words.slice(1);
