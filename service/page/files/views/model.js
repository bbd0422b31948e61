// One model: what answers now, its aliases, all its versions, and what a person keeps about it.

import { answered, ask, everything } from "../parts/api.js";
import { h, put, say } from "../parts/dom.js";
import { asked, field } from "../parts/dialog.js";
import { keepingFocus } from "../parts/focus.js";
import { accuracy } from "../parts/measured.js";
import { go, shown } from "../parts/router.js";
import { styles } from "../parts/styles.js";
import { aliasesCard } from "./models/aliases.js";
import { labelsCard } from "./models/labels.js";
import { moved } from "./models/move.js";
import { trashCard } from "./models/trash.js";
import { versionsCard } from "./models/versions.js";

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, params: { name }, signal, title }) {
  title(name);
  root.classList.add("models-view");
  await Promise.all([styles("views/models.css"), styles("parts/measured.css")]);
  const here = { name, signal, redraw, move };
  await redraw();

  async function redraw() {
    Object.assign(here, await looked(name, signal));
    if (!signal.aborted) keepingFocus(root, () => put(root, here.model ? parts(here) : gone(here)));
  }

  /** Ask which version an alias is to name, have it do so, and show what came of it. */
  async function move(wanted) {
    const alias = await moved(here, wanted);
    await redraw(); // also if it was not done: somebody else may have moved one
    if (alias) say(`The ${alias.alias} is version ${alias.version} now.`);
  }
}

/** All that is shown: the model (null if it is in the trash alone), its aliases, and its trash. */
async function looked(name, signal) {
  const trash = await trashed(name, signal);
  try {
    const [model, aliases] = await Promise.all([
      ask(`v1/models/${name}`, { signal }), answered(`v1/models/${name}/aliases`, { signal }),
    ]);
    const champion = model.versions.find((one) => one.version === model.champion)
      ?? await ask(`v1/models/${name}/versions/${model.champion}`, { signal });
    return { model, champion, trash, aliases: (await aliases.json()).data, etag: aliases.headers.get("ETag") };
  } catch (error) {
    if (error.status !== 404 || trash.length === 0) throw error;
    return { model: null, trash };
  }
}

// The list says whether there is any: to ask for what is not there is a failure to a browser.
async function trashed(name, signal) {
  const query = { state: "trashed" };
  const models = await everything("v1/models", { query, signal });
  if (!models.some((one) => one.name === name)) return [];
  return (await ask(`v1/models/${name}/versions`, { query, signal })).data;
}

function parts(here) {
  const { name, model, champion } = here;
  return [
    h("header", { class: "row" },
      h("div", {}, h("p", { class: "small" }, h("a", { href: "#/models" }, "Models")), h("h1", {}, name),
        h("p", {}, model.total === 1 ? "One version. It answers." : `${model.total} versions. Version ${model.champion} answers.`)),
      h("span", { class: "row end" },
        h("a", { class: "button primary", href: `#/try?model=${name}` }, "Try it"),
        h("button", { class: "danger", onclick: () => deleted(here) }, "Delete the model"))),
    answers(here, champion),
    versionsCard(here), aliasesCard(here), labelsCard(here),
    here.trash.length > 0 && trashCard(here),
  ];
}

function gone(here) {
  return [h("header", {}, h("h1", {}, here.name), h("p", {}, "It is in the trash: nothing answers by it.")), trashCard(here)];
}

function answers({ name }, champion) {
  const { result, spec, findings, dataset } = champion;
  const split = ["test", "validation", "train"].find((one) => result[one]);
  return h("section", { class: "card", "aria-labelledby": "answers" },
    h("h2", { id: "answers" }, `What answers: version ${champion.version}`),
    accuracy(result[split], `${split} rows`),
    champion.unsure?.enabled && result.test?.unsure && unsureWords(result.test.unsure),
    findings.length > 0 && h("p", {}, "The doctor found: ",
      findings.map((one, i) => [i > 0 && ", ", one.code.replaceAll("_", " ")]), ". ",
      h("a", { href: `#/jobs/${champion.job}` }, "See its job")),
    h("p", { class: "small soft" },
      `It tells apart ${champion.classes.slice(0, 12).join(", ")}${champion.classes.length > 12 ? " and more" : ""}. Trained by `,
      h("a", { href: `#/jobs/${champion.job}` }, "this job"), " on ",
      h("a", { href: `#/datasets/${dataset.id}` }, "this dataset"), `, ${spec.epochs} epochs at most. Ask `,
      h("code", {}, `POST /v1/models/${name}/predict`), "."));
}

function unsureWords(unsure) {
  const total = unsure.decided + unsure.low_confidence + unsure.far_from_training;
  return h("p", {}, `It decides ${unsure.decided} of ${total} test rows, and is wrong on ${unsure.wrong} of these; `
    + `of the others it says that it is unsure.`);
}

async function deleted({ name, model }) {
  const done = await asked({
    title: `Delete ${name}?`, verb: "Delete it", danger: true,
    body: [h("p", {}, model.total === 1 ? "Its version goes to the trash" : `All ${model.total} versions go to the trash`,
      `, from where it can be restored. Nothing answers by ${name} any more.`),
      field(`To be sure, type ${name}`,
        h("input", { name: "typed", required: true, pattern: name.replaceAll(".", "\\."), autocomplete: "off" }))],
    act: async () => {
      await ask(`v1/models/${name}`, { method: "DELETE" });
      return true;
    },
  });
  if (!done) return;
  say(`${name} is in the trash.`);
  if (location.hash.startsWith(`#/models/${name}`)) go("/models");
  else shown();
}
