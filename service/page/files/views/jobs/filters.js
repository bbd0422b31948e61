// What a list of jobs is filtered by: a form, and the same in the address.

import { ask } from "../../parts/api.js";
import { h, put } from "../../parts/dom.js";
import { shortId } from "../../parts/job_words.js";

const STATES = ["queued", "running", "paused", "succeeded", "failed", "cancelled"];

/** The filters that an address names. @param {URLSearchParams} query */
export const filtersOf = (query) => ({
  state: query.get("state") ?? "", model: query.get("model") ?? "", dataset: query.get("dataset") ?? "",
  sweep: query.get("sweep") ?? "", tags: query.getAll("tag"),
});

/** The address of a list with these filters. */
export function addressOf({ tags, ...filters }) {
  const words = new URLSearchParams(Object.entries(filters).filter(([, value]) => value));
  for (const tag of tags) words.append("tag", tag);
  return words.size ? `/jobs?${words}` : "/jobs";
}

/**
 * The form.
 * @param {object} filters as `filtersOf` gives them
 * @param {(filters: object) => void} onchange
 */
export function filterForm(filters, onchange, signal) {
  const form = h("form", { class: "job-filters", "aria-label": "Filters", onchange: changed, onsubmit: changed },
    choice("state", "State", h("option", { value: "" }, "all"), STATES.map((state) => option(state, state, filters.state))),
    written("model", "Model", filters.model, { list: "known-models", placeholder: "any" }), h("datalist", { id: "known-models" }),
    choice("dataset", "Dataset", h("option", { value: "" }, "all"), filters.dataset && option(filters.dataset, shortId(filters.dataset), filters.dataset)),
    written("tags", "Tags", filters.tags.join(" "), { placeholder: "baseline small" }),
    h("button", { type: "button", class: "quiet", onclick: clear }, "Show all"));
  suggest(form, filters, signal).catch(() => {}); // without names to choose from it works as well

  function changed(event) {
    event.preventDefault();
    const { state, model, dataset, tags } = Object.fromEntries(new FormData(form));
    onchange({ sweep: filters.sweep, state, model: model.trim(), dataset, tags: tags.split(/[\s,]+/).filter(Boolean) });
  }
  function clear() {
    for (const field of form.querySelectorAll("input, select")) field.value = "";
    onchange({ sweep: "", state: "", model: "", dataset: "", tags: [] });
  }
  return form;
}

const choice = (name, label, ...options) => h("div", { class: "field" },
  h("label", { for: `filter-${name}` }, label), h("select", { id: `filter-${name}`, name }, options));

const written = (name, label, value, more) => h("div", { class: "field" },
  h("label", { for: `filter-${name}` }, label), h("input", { id: `filter-${name}`, name, value, autocomplete: "off", ...more }));

const option = (value, text, chosen) => h("option", { value, selected: value === chosen }, text);

/** Offer the names of models and datasets that are there. */
async function suggest(form, filters, signal) {
  const [models, datasets] = await Promise.all([
    ask("v1/models", { query: { limit: 100 }, signal }), ask("v1/datasets", { query: { limit: 100 }, signal })]);
  put(form.querySelector("datalist"), models.data.map((model) => h("option", { value: model.name })));
  const select = form.querySelector("#filter-dataset");
  const chosen = select.value;
  const others = datasets.data.filter((dataset) => dataset.id !== chosen);
  const here = datasets.data.find((dataset) => dataset.id === chosen);
  if (here) select.querySelector(`[value="${CSS.escape(chosen)}"]`).textContent = here.name;
  select.append(...others.map((dataset) => option(dataset.id, `${dataset.name} ${shortId(dataset.id)}`, filters.dataset)));
}
