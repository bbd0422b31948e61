// From a dataset to a job, in one click.

import { ask, newKey } from "./api.js";
import { h, put } from "./dom.js";
import { go } from "./router.js";
import { problemCard } from "./words.js";

/** The name of a model after that of a dataset: what is no letter a-z or digit becomes a dash. */
export function modelNameOf(name) {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/^[^a-z0-9]+|-+$/g, "");
  return plain.slice(0, 63) || "model";
}

/**
 * A button that trains on a dataset with what suits it, and one that lets choose how.
 * @param {{id: string, name: string}} dataset that is ready
 */
export function trainButton({ id, name }) {
  const wrong = h("div", {});
  // One key for one intent: a second click is the same job.
  const key = newKey();
  const button = h("button", { class: "primary", onclick: train }, "Train on it");

  async function train() {
    button.disabled = true;
    try {
      const json = { dataset: id, model: modelNameOf(name) };
      const job = await ask("v1/jobs", { method: "POST", json, headers: { "Idempotency-Key": key } });
      go(`/jobs/${job.id}`);
    } catch (error) {
      put(wrong, problemCard(error));
    } finally {
      button.disabled = false;
    }
  }
  return [h("div", { class: "row" }, button, h("a", { class: "button", href: `#/jobs/new?dataset=${id}` }, "Choose how")), wrong];
}
