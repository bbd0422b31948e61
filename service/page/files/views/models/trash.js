// Versions of a model that were deleted, until they are gone for good.

import { ask } from "../../parts/api.js";
import { h, say } from "../../parts/dom.js";
import { number, percent } from "../../parts/words.js";

/** @param {object} here as the view of a model has it */
export function trashCard(here) {
  const { name, model, trash } = here;
  return h("section", { class: "card", "aria-labelledby": "trash" },
    h("div", { class: "row" }, h("h2", { id: "trash" }, "In the trash"),
      !model && h("button", { class: "end primary", onclick: () => restored(here, `v1/models/${name}/restore`, name) },
        "Restore the model")),
    h("ul", { class: "plain lines" }, trash.map((one) => h("li", { class: "row" },
      h("span", {}, h("strong", {}, `Version ${one.version}`), ` ${accuracyOf(one)}, `,
        h("span", { class: "soft" }, "gone for good ", new Date(one.trashed_until).toLocaleString())),
      h("button", { class: "end", "aria-label": `Restore version ${one.version}`,
        onclick: () => restored(here, `v1/models/${name}/versions/${one.version}/restore`, `Version ${one.version}`) },
      "Restore")))));
}

async function restored(here, path, what) {
  await ask(path, { method: "POST" });
  await here.redraw();
  say(`${what} is back.`);
}

function accuracyOf({ result }) {
  const split = result.test ?? result.validation ?? result.train;
  return `right on ${percent(split.accuracy)} of ${number(split.rows)} rows`;
}
