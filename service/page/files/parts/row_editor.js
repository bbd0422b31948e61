// One row: what is known of it, and what shall become of it. Edits gather until a version is made of them.

import { ask } from "./api.js";
import { pictureOf } from "./dataset_card.js";
import { field } from "./dialog.js";
import { h, put } from "./dom.js";
import { editWords, makeVersion, plain } from "./edits.js";
import { number, problemCard } from "./words.js";

const SPLITS = ["train", "validation", "test"];

/**
 * @param {object} dataset that is ready
 * @param {{split?: string, row?: string}} first which row is shown first
 * @param {AbortSignal} signal
 */
export function rowEditor(dataset, first, signal) {
  const names = SPLITS.filter((name) => dataset.splits[name]?.rows);
  const split = h("select", { onchange: look }, names.map((name) => h("option", { value: name, selected: name === first.split }, name)));
  const row = h("input", { type: "number", min: 0, step: 1, value: first.row ?? 0, onchange: look });
  const found = h("div", { "aria-live": "polite" }), wanted = h("div", {});
  const edits = {};

  async function look() {
    row.max = dataset.splits[split.value].rows - 1;
    try {
      const about = await ask(`v1/datasets/${dataset.id}/rows/${Number(row.value)}`, { query: { split: split.value }, signal });
      put(found, shown(dataset, about, note));
    } catch (error) {
      if (error.name !== "AbortError") put(found, problemCard(error));
    }
  }

  // A row is in each list once, and dropped or kept.
  function note(name, edit) {
    const others = name === "drop" ? ["drop", "relabel", "move"] : [name, "drop"];
    const isSame = (one) => one.split === edit.split && one.row === edit.row;
    for (const each of others) edits[each] = (edits[each] ?? []).filter((one) => !isSame(one));
    edits[name].push(edit);
    for (const each of Object.keys(edits)) if (edits[each].length === 0) delete edits[each];
    draw();
  }

  function draw() {
    const sentences = editWords(edits);
    put(wanted, sentences.length > 0 && h("div", { class: "card" }, h("ul", {}, sentences.map((one) => h("li", {}, one))),
      h("div", { class: "row" }, h("button", { class: "primary", onclick: () => makeVersion(dataset, edits) }, "Make a version of these edits"),
        h("button", { onclick: () => { for (const name of Object.keys(edits)) delete edits[name]; draw(); } }, "Forget them"))));
  }
  look();
  return [h("div", { class: "filters" }, field("Split of the row", split), field("Row", row)), found, wanted];
}

function shown(dataset, about, note) {
  const { split, row, label, name, findings, values } = about;
  const place = { split, row };
  const relabel = h("select", {}, dataset.classes.map((one) => h("option", { selected: one === label }, one)));
  const move = h("select", {}, SPLITS.map((one) => h("option", { selected: one === split }, one)));
  return h("div", { class: "one-row" },
    about.picture && h("img", { src: pictureOf(dataset.id, split, row), alt: `Row ${row} of ${split}, ${label}`, width: 192, height: 192 }),
    h("div", {},
      h("p", {}, h("strong", {}, label), name && h("span", { class: "soft" }, ` · ${name}`)),
      findings.length > 0 && h("p", {}, `Named by: ${findings.map(plain).join(", ")}.`),
      values && h("p", { class: "small" }, values.slice(0, 24).map((value) => number(value)).join("  "), values.length > 24 && " …"),
      h("div", { class: "filters" },
        field("It is", relabel), h("button", { onclick: () => relabel.value !== label && note("relabel", { ...place, label: relabel.value }) }, "Relabel"),
        field("It belongs to", move), h("button", { onclick: () => move.value !== split && note("move", { ...place, to: move.value }) }, "Move"),
        h("button", { onclick: () => note("drop", place) }, "Leave it out"))));
}
