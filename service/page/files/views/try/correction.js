// Whether an answer was right, and what it should have been.

import { h, put } from "../../parts/dom.js";

let count = 0;

/**
 * A choice of classes beside an answer.
 * @param {{version: object}} here
 * @param {{label: string|null}} item gets the label that a person says; null where nothing was said
 * @param {() => void} corrected is called when it has changed
 */
export function correction({ version }, item, corrected) {
  const name = `label-${++count}`;
  const select = h("select", { id: name, onchange: () => {
    Object.assign(item, { label: select.value || null, added: false });
    marked();
    corrected();
  } },
  h("option", { value: "" }, "not said"),
  version.classes.map((one) => h("option", { value: one, selected: one === item.label }, one)));
  const mark = h("span", { class: "small" });

  function marked() {
    put(mark, item.label === null ? "" : item.label === item.prediction?.label ? "as it said" : "it was wrong");
    mark.className = `small ${item.label !== null && item.label !== item.prediction?.label ? "wrong-answer" : "soft"}`;
  }

  marked();
  return h("span", { class: "correction" }, h("label", { for: name }, "This is a"), select, mark);
}
