// Answers to several rows, one in each line, which a person may correct and take away as a CSV.

import { h, put } from "../../parts/dom.js";
import { percent } from "../../parts/words.js";
import { correction } from "./correction.js";

/**
 * @param {object} here who was asked
 * @param {Array<object|Array>} rows as they were sent
 * @param {object} found the answer
 */
export function answeredRows(here, rows, found) {
  const items = rows.map((row, i) => ({ row, label: null, prediction: found.predictions[i] }));
  const save = h("p", {});
  const corrected = () => put(save, csvLink(here, items.filter((item) => item.label !== null)));
  return h("div", {}, h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Answers" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Row", "Answer", "Probability", "Correct?"].map((word) => h("th", { scope: "col" }, word)))),
    h("tbody", {}, items.map((item, i) => h("tr", {}, h("th", { scope: "row" }, i + 1), told(here, item, corrected)))))), save);
}

function told(here, item, corrected) {
  const { problem, label, decision, probability, reason } = item.prediction;
  if (problem) return h("td", { colspan: 3, class: "wrong-answer" }, problem.detail);
  return [h("td", {}, h("strong", {}, decision === "unsure" ? `unsure, if anything ${label}` : label),
    reason && h("div", { class: "small soft" }, reason.detail)),
    h("td", { class: "num" }, percent(probability)), h("td", {}, correction(here, item, corrected))];
}

function csvLink({ version, model }, items) {
  if (items.length === 0) return null;
  const { columns, label } = version.preprocessing;
  const names = [...columns.map(({ name }) => name), label];
  const lines = items.map(({ row, label: is }) => [...columns.map(({ name }, i) => (Array.isArray(row) ? row[i] : row[name])), is]);
  const text = [names, ...lines].map((line) => line.map(cell).join(",")).join("\r\n");
  const url = URL.createObjectURL(new Blob([`${text}\r\n`], { type: "text/csv" }));
  return [h("a", { class: "button", href: url, download: `${model.name}-corrected.csv` }, `Save ${items.length} with their labels`),
    h("span", { class: "small soft" }, " A CSV with the columns of the table, to be sent with the next upload.")];
}

const cell = (value) => (/[",\r\n]/.test(`${value ?? ""}`) ? `"${value.replaceAll('"', '""')}"` : `${value ?? ""}`);
