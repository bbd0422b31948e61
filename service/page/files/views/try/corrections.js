// Pictures whose class a person has said become rows of the next version of the model's dataset.

import { h, put } from "../../parts/dom.js";
import { problemCard } from "../../parts/words.js";
import { addition } from "./addition.js";

/**
 * @param {object} here who was asked
 * @param {Array<{file: File, label: string|null, added?: boolean}>} kept
 * @returns {{root: Element, update: () => void}} `update` tells what is `kept` now
 */
export function correctionsCard(here, kept) {
  const dataset = here.version.dataset.id;
  const heading = h("h2", { id: "corrections" });
  const words = h("p", {});
  const button = h("button", { class: "primary", onclick: send }, "Add them to the dataset");
  const box = h("div", { role: "status" });
  const root = h("section", { class: "card", "aria-labelledby": "corrections" }, heading, words, button, box);
  const labelled = () => kept.filter(({ label, added }) => !added && here.version.classes.includes(label));
  let sending = false;

  function update() {
    const count = labelled().length;
    root.hidden = kept.length === 0;
    button.hidden = count === 0;
    button.disabled = sending;
    put(heading, count === 0 ? "Say what they are"
      : count === 1 ? "One picture with your label" : `${count} pictures with your label`);
    put(words, count === 0
      ? "Choose beside a picture what it really is. Then a model can be trained on it: what one gets wrong teaches it most."
      : ["They become training rows of a new version of ",
        h("a", { href: `#/datasets/${dataset}` }, "the dataset that it learned from"), ", which stays as it is."]);
  }

  async function send() {
    const items = labelled();
    sending = true;
    update();
    try {
      const made = await addition(here, items, (what) => put(box, h("p", {}, h("progress", { "aria-label": "Added" }), what)));
      for (const item of items) item.added = true;
      put(box, h("p", {}, `They are training rows of version ${made.version} of the dataset: `,
        h("a", { href: `#/datasets/${made.id}` }, "look at it"), " or ",
        h("a", { href: `#/jobs/new?dataset=${made.id}` }, "train on it"), "."));
    } catch (error) {
      if (error.name !== "AbortError") put(box, problemCard(error));
    } finally {
      sending = false;
      update();
    }
  }

  return { root, update };
}
