// Pictures of a dataset on one sheet, by split and class.

import { at } from "./api.js";
import { field } from "./dialog.js";
import { h } from "./dom.js";

/** @param {object} dataset of pictures that is ready */
export function contactSheet({ id, splits, classes }) {
  const select = (values) => h("select", { onchange: draw }, values.map(([value, word]) => h("option", { value }, word)));
  const split = select(Object.keys(splits).filter((name) => splits[name]?.rows).map((name) => [name, name]));
  const kind = select([["", "Every class"], ...classes.map((name) => [name, name])]);
  const rows = select([["", "Some"], ["24", "24 of each"], ["120", "120 of each"], ["240", "240 of each"]]);
  const image = h("img", { alt: "" });
  const wrong = h("p", { class: "soft", hidden: true }, "The sheet cannot be shown.");
  image.addEventListener("error", () => { wrong.hidden = false; });
  image.addEventListener("load", () => { wrong.hidden = true; });

  function draw() {
    image.src = at(`v1/datasets/${id}/preview.png`, { split: split.value, class: kind.value, rows: rows.value }).href;
    image.alt = `Pictures of ${kind.value || "every class"} in the split ${split.value}, each over the number of its row`;
  }
  draw();
  return [h("div", { class: "filters" }, field("Split", split), field("Class", kind), field("Pictures", rows)),
    h("div", { class: "sheet", tabindex: 0, role: "region", "aria-label": "Contact sheet" }, image), wrong];
}
