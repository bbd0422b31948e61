// Ask a model: pictures, also as rows of numbers, or rows of a table. What was asked stays in memory alone.

import { ask, everything } from "../parts/api.js";
import { field } from "../parts/dialog.js";
import { h, put } from "../parts/dom.js";
import { go } from "../parts/router.js";
import { styles } from "../parts/styles.js";
import { numbersCard } from "./try/numbers.js";
import { askPictures } from "./try/pictures.js";
import { askTable } from "./try/table.js";

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, query, signal, title }) {
  title("Try it");
  root.classList.add("try-view");
  const [models] = await Promise.all([everything("v1/models", { signal }), styles("views/try.css")]);
  if (models.length === 0) return put(root, nothing());
  const chosen = models.find((one) => one.name === query.get("model")) ?? newest(models);
  const model = await ask(`v1/models/${chosen.name}`, { signal });
  const asked = await whom(model, query, signal);
  const body = h("div", { class: "view" });
  put(root, h("h1", {}, "Try it"), choice(models, model, asked), body);
  const here = { root: body, signal, model, ...asked };
  if (asked.version.preprocessing.kind === "table") return askTable(here);
  askPictures(here);
  body.append(numbersCard(here));
}

const newest = (models) => models.reduce((one, other) => (made(other) > made(one) ? other : one));
const made = (model) => model.versions[0]?.created_at ?? "";

/**
 * Who answers: by which path it is asked, and which version that is.
 * @returns {Promise<{value: string, path: string, version: object}>}
 */
async function whom(model, query, signal) {
  const alias = query.get("alias");
  const wanted = Number(query.get("version")) || model.aliases[alias] || model.champion;
  const version = model.versions.find((one) => one.version === wanted)
    ?? await ask(`v1/models/${model.name}/versions/${wanted}`, { signal });
  const path = `v1/models/${model.name}`;
  if (query.has("version")) return { value: `version=${wanted}`, path: `${path}/versions/${wanted}`, version };
  if (alias && alias in model.aliases) return { value: `alias=${alias}`, path: `${path}/aliases/${alias}`, version };
  return { value: "", path, version };
}

function choice(models, model, { value, version }) {
  const name = h("select", { data: { key: "model" }, onchange: (event) => to(event.target.value, "") },
    models.map((one) => h("option", { value: one.name, selected: one.name === model.name }, one.name)));
  const options = [["", `champion: version ${model.champion}`],
    ...Object.entries(model.aliases).filter(([alias]) => alias !== "champion")
      .map(([alias, is]) => [`alias=${alias}`, `${alias}: version ${is}`]),
    ...model.versions.map((one) => [`version=${one.version}`, `version ${one.version}`])];
  const which = h("select", { data: { key: "which" }, onchange: (event) => to(model.name, event.target.value) },
    options.map(([is, said]) => h("option", { value: is, selected: is === value }, said)));
  return h("section", { class: "card" },
    h("div", { class: "grid" }, field("Model", name), field("Who answers", which)),
    h("p", { class: "small soft" }, `It tells apart ${list(version.classes)}. `,
      h("a", { href: `#/models/${model.name}` }, "About this model")));

  function to(whose, how) {
    go(`/try?model=${whose}${how && `&${how}`}`, { replace: true });
  }
}

function list(classes) {
  const first = classes.slice(0, 8).join(", ");
  return classes.length > 8 ? `${first} and ${classes.length - 8} more` : first;
}

function nothing() {
  return h("section", { class: "card empty" }, h("h1", {}, "There is nobody to ask yet"),
    h("p", {}, "Once a job has succeeded, its model answers here."),
    h("p", {}, h("a", { class: "button primary", href: "#/jobs/new" }, "Train one")));
}
