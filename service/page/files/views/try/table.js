// A model of a table is asked by a form with its columns, or by rows that are pasted.

import { ask } from "../../parts/api.js";
import { curlBlock } from "../../parts/curl.js";
import { field } from "../../parts/dialog.js";
import { h, put } from "../../parts/dom.js";
import { problemCard } from "../../parts/words.js";
import { about, answerWords } from "./answer.js";
import { rowsOf } from "./pasted.js";
import { answeredRows } from "./row_answers.js";

/** @param {object} here the view's `root`, `signal`, and who is asked: `path`, `model`, `version` */
export function askTable(here) {
  put(here.root, form(here), pasted(here));
}

function form(here) {
  const { columns } = here.version.preprocessing;
  const box = h("div", { "aria-live": "polite" });
  const controls = columns.map(control);
  const asking = h("form", { onsubmit: send },
    h("div", { class: "columns" }, columns.map((column, i) => field(column.name, controls[i]))),
    h("button", { class: "primary" }, "Ask"));

  async function send(event) {
    event.preventDefault();
    const row = Object.fromEntries(columns.map((column, i) => [column.name, valueOf(column, controls[i].value)]));
    const json = { rows: [row] };
    try {
      const found = await ask(`${here.path}/predict`, { method: "POST", json, signal: here.signal });
      put(box, answerWords(found.predictions[0]), about(found), curlBlock("POST", `${here.path}/predict`, json));
    } catch (error) {
      if (error.name !== "AbortError") put(box, problemCard(error));
    }
  }

  return h("section", { class: "card", "aria-labelledby": "one-row" }, h("h2", { id: "one-row" }, "One row"),
    h("p", { class: "soft" }, "What is left empty is missing."), asking, box);
}

function control(column) {
  if (column.kind === "number") return h("input", { type: "number", step: "any", inputmode: "decimal" });
  return h("select", {}, h("option", { value: "" }, "missing"),
    column.categories.map((one, i) => h("option", { value: `${i}` }, one)));
}

// A category may be any text, so the control has its place among them.
function valueOf(column, value) {
  if (value === "") return null;
  return column.kind === "number" ? Number(value) : column.categories[Number(value)];
}

function pasted(here) {
  const { columns } = here.version.preprocessing;
  const names = columns.map(({ name }) => name);
  const text = h("textarea", { rows: 6, spellcheck: "false", placeholder: `${names.join(",")}\n…` });
  const box = h("div", { "aria-live": "polite" });
  const button = h("button", { onclick: send }, "Ask about these rows");

  async function send() {
    button.disabled = true;
    try {
      const rows = rowsOf(text.value, columns);
      const found = await ask(`${here.path}/predict`, { method: "POST", json: { rows }, signal: here.signal });
      put(box, answeredRows(here, rows, found), about(found));
    } catch (error) {
      if (error.name !== "AbortError") put(box, problemCard(error));
    } finally {
      button.disabled = false;
    }
  }

  return h("section", { class: "card", "aria-labelledby": "many-rows" }, h("h2", { id: "many-rows" }, "Several rows"),
    field("Rows", text, "With commas, semicolons or tabs between, as they are copied from a sheet; or JSON. A first line with the names may be there."),
    button, box);
}
