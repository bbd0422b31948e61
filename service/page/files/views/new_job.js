// A new job: the recipe, the spec as a form, what it takes, and what will be sent.

import { ask, everything, newKey } from "../parts/api.js";
import { classesOf, rowsOf, titleOf } from "../parts/dataset_card.js";
import { field } from "../parts/dialog.js";
import { h, put } from "../parts/dom.js";
import { estimateCard } from "../parts/estimate_card.js";
import { recipeCards } from "../parts/recipe_cards.js";
import { go } from "../parts/router.js";
import { isSame } from "../parts/schema.js";
import { specForm } from "../parts/spec_form.js";
import { specText } from "../parts/spec_text.js";
import { styles } from "../parts/styles.js";
import { modelNameOf } from "../parts/train_button.js";
import { problemCard } from "../parts/words.js";

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, query, signal, title }) {
  title("New job");
  const has = (path, more) => everything(path, { signal, query: more });
  const [schema, recipes, datasets, models, backbones] = await Promise.all([
    ask("v1/schema/job", { signal }), has("v1/recipes"), has("v1/datasets", { state: "ready" }), has("v1/models"),
    has("v1/backbones"), styles("views/new_job.css")]);
  if (datasets.length === 0) return put(root, ...nothing());
  const said = query.get("from") ? await likeJob(query.get("from"), schema, recipes, signal) : {};
  if (query.get("dataset")) said.dataset = query.get("dataset");
  said.dataset ??= datasets[0].id;
  if (query.has("recipe")) said.recipe = query.get("recipe") || null;
  const of = datasets.find(({ id }) => id === said.dataset);
  said.model ??= query.get("model") ?? modelNameOf(of?.name ?? "model");
  const suggestions = { "/model": names(models), "/start_from/model": names(models), "/backbone": names(backbones) };
  const usable = recipes.filter(({ name }) => name !== "backbone" || backbones.length > 0 || said.recipe === name);
  draw(root, { schema, recipes: usable, datasets, said, suggestions, signal });
}

const names = (list) => list.map(({ name }) => name);

const nothing = () => [h("h1", {}, "New job"),
  h("p", {}, "There is no dataset to train on yet. ", h("a", { href: "#/" }, "Drop a zip or a folder, or draw sketches"), ".")];

// What a job's spec says beyond its recipe and the defaults.
async function likeJob(id, schema, recipes, signal) {
  const { spec } = await ask(`v1/jobs/${encodeURIComponent(id)}`, { signal });
  const recipe = recipes.find(({ name }) => name === spec.recipe)?.spec ?? {};
  const usual = (name) => (name in recipe ? recipe[name] : schema.properties[name]?.default);
  const kept = Object.entries(spec).filter(([name, value]) => !isSame(value, usual(name)) && !isSame(value, []));
  return { ...Object.fromEntries(kept), recipe: spec.recipe ?? null, parent: id };
}

function draw(root, { schema, recipes, datasets, said, suggestions, signal }) {
  const wrong = h("div", {});
  const form = specForm(schema, { said, suggestions, onchange: () => changed() });
  const cards = recipeCards(recipes, (name) => { said.recipe = name; other.isChosen(); again(); });
  const dataset = h("select", { onchange: () => { other(dataset.value); again(); } }, datasets.map((one) =>
    h("option", { value: one.id }, `${titleOf(one)}: ${classesOf(one)}, ${rowsOf(one)}`)));
  const other = otherDataset(said, datasets);
  const estimate = estimateCard(signal, { onerrors: form.complain, onspec: (spec) => {
    // A request without a recipe got the one that suits: said from here on, so that what is said
    // beside it stands beside it.
    if (said.recipe === undefined && said.network === undefined) said.recipe = spec.recipe;
    hint(spec);
    text.set(said);
  } });
  const text = specText((typed) => {
    for (const name of Object.keys(said)) delete said[name];
    Object.assign(said, typed);
    again();
  });
  const hint = (spec) => {
    form.hint(spec);
    dataset.value = said.dataset;
    cards.set(said.recipe, datasets.find(({ id }) => id === said.dataset)?.kind);
  };
  const changed = () => {
    text.set(said);
    form.count();
    estimate.ask(said);
  };
  const again = () => {
    form.set();
    hint(usual(schema, recipes, said));
    changed();
  };
  const submit = submitter(said, { text, form, wrong });
  put(root, h("h1", {}, "New job"), h("form", { class: "new-job", novalidate: true, onsubmit: submit.send },
    h("div", {}, field("Dataset", dataset, "What it learns from."), cards.element, form.element),
    h("aside", { "aria-label": "What comes of it" }, estimate.element, h("div", {}, submit.button), wrong, text.element)));
  again();
}

// What counts where nothing is said, as far as is known before the service has told it.
function usual(schema, recipes, said) {
  const defaults = Object.entries(schema.properties).map(([name, inner]) => [name, inner.default]);
  return { ...Object.fromEntries(defaults), ...recipes.find(({ name }) => name === said.recipe)?.spec };
}

// Take another dataset. What was not chosen goes by it: the recipe, the model's name.
function otherDataset(said, datasets) {
  let isChosen = said.recipe !== undefined;
  const take = (id) => {
    const [before, now] = [said.dataset, id].map((each) => datasets.find((one) => one.id === each));
    said.dataset = id;
    if (!isChosen) delete said.recipe;
    if (said.model === modelNameOf(before?.name ?? "model")) said.model = modelNameOf(now.name);
  };
  return Object.assign(take, { isChosen: () => { isChosen = true; } });
}

function submitter(said, { text, form, wrong }) {
  const button = h("button", { class: "primary wide" }, "Train");
  const intent = { body: null, key: null }; // the same body is the same intent, however often it is sent

  async function send(event) {
    event.preventDefault();
    if (text.isWrong()) return put(wrong, h("p", { class: "wrong", role: "alert" }, "What was typed under “What will be sent” is no JSON yet."));
    const body = JSON.stringify(said);
    if (body !== intent.body) Object.assign(intent, { body, key: newKey() });
    button.disabled = true;
    try {
      const headers = { "Content-Type": "application/json", "Idempotency-Key": intent.key };
      const job = await ask("v1/jobs", { method: "POST", body, headers });
      return go(`/jobs/${job.id}`);
    } catch (error) {
      const rest = form.complain(error.errors ?? []);
      put(wrong, problemCard({ ...error, message: error.message, errors: rest }));
    } finally {
      button.disabled = false;
    }
  }
  return { button, send };
}
