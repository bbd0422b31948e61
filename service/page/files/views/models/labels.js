// Notes and tags of a model.

import { ask } from "../../parts/api.js";
import { field } from "../../parts/dialog.js";
import { h, put, say } from "../../parts/dom.js";
import { problemCard } from "../../parts/words.js";

/** @param {object} here as the view of a model has it */
export function labelsCard({ name, model }) {
  const wrong = h("div", {});
  const form = h("form", { onsubmit: send },
    field("Notes", h("textarea", { name: "notes", rows: 3, maxlength: 4000 }, model.notes)),
    field("Tags", h("input", { name: "tags", value: model.tags.join(" ") }),
      "Words of small letters, digits, dots and dashes, with spaces between."),
    wrong, h("button", { data: { key: "save-labels" } }, "Save"));

  async function send(event) {
    event.preventDefault();
    const said = new FormData(form);
    const tags = said.get("tags").split(/[\s,]+/).filter(Boolean);
    try {
      const { tags: kept } = await ask(`v1/models/${name}`, { method: "PATCH", json: { notes: said.get("notes"), tags } });
      form.elements.tags.value = kept.join(" ");
      put(wrong);
      say("Notes and tags are saved.");
    } catch (error) {
      put(wrong, problemCard(error));
    }
  }

  return h("section", { class: "card", "aria-labelledby": "labels" }, h("h2", { id: "labels" }, "Notes and tags"), form);
}
