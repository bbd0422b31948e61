// All models: which version of each answers, and how well.

import { ask } from "../parts/api.js";
import { h, put, say } from "../parts/dom.js";
import { go, shown } from "../parts/router.js";
import { styles } from "../parts/styles.js";
import { ago, number, percent } from "../parts/words.js";

const TRASHED = { state: "trashed" };

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, query, signal, title }) {
  title("Models");
  root.classList.add("models-view");
  const tags = query.getAll("tag");
  const [found, trash] = await Promise.all([
    ask("v1/models", { query: tags.length ? { tag: tags[0] } : {}, signal }),
    ask("v1/models", { query: TRASHED, signal }),
    styles("views/models.css"),
  ]);
  const list = h("ul", { class: "grid plain" });
  const more = h("p", {});
  put(root, heading(found, tags[0]), list, more,
    found.data.length === 0 && empty(tags[0]), trash.data.length > 0 && trashOf(trash.data));
  added(found);

  function added(page) {
    list.append(...page.data.map((model) => card(model, signal)));
    put(more, page.next && h("button", { onclick: () => next(page.next) }, "More models"));
  }

  async function next(after) {
    added(await ask("v1/models", { query: { after, tag: tags[0] }, signal }));
  }
}

function heading(found, tag) {
  return h("header", {}, h("h1", {}, "Models"),
    tag && h("p", {}, "With the tag ", h("span", { class: "badge" }, tag), ". ", h("a", { href: "#/models" }, "All models")));
}

function empty(tag) {
  if (tag) return h("section", { class: "card empty" }, h("p", {}, "No model has this tag."));
  return h("section", { class: "card empty" },
    h("h2", {}, "Nothing was trained yet"),
    h("p", {}, "A job that succeeds publishes a model here, which can be asked at once."),
    h("div", { class: "row centred" }, h("a", { class: "button primary", href: "#/jobs/new" }, "Train one"),
      h("a", { class: "button", href: "#/datasets" }, "Bring pictures")));
}

function card(model, signal) {
  const newest = model.versions[0];
  const figures = h("div", { class: "measured" }, newest && figure(newest));
  const item = h("li", { class: "card model-card" },
    h("h2", {}, h("a", { href: `#/models/${model.name}` }, model.name)),
    h("p", {}, answering(model)), figures,
    h("p", { class: "small soft" },
      newest && [newest.classes.slice(0, 6).join(", "), newest.classes.length > 6 && ` and ${newest.classes.length - 6} more`]),
    model.tags.length > 0 && h("p", { class: "row" }, model.tags.map((tag) =>
      h("a", { class: "badge", href: `#/models?tag=${encodeURIComponent(tag)}` }, tag))),
    h("p", { class: "row" },
      h("a", { class: "button", href: `#/try?model=${model.name}`, "aria-label": `Try ${model.name}` }, "Try it"),
      h("span", { class: "small soft end" }, newest && ["newest ", ago(newest.created_at)])));
  if (newest && model.champion && model.champion !== newest.version) {
    ask(`v1/models/${model.name}/versions/${model.champion}`, { signal })
      .then((champion) => put(figures, figure(champion))).catch(() => {});
  }
  return item;
}

function answering({ champion, newest, total }) {
  const candidate = champion !== newest ? ` Version ${newest} is newer and waits.` : "";
  return `Version ${champion} answers, ${total === 1 ? "the only one" : `one of ${total}`}.${candidate}`;
}

function figure({ version, result }) {
  const split = result.test ?? result.validation ?? result.train;
  const [low, high] = split.accuracy_interval;
  return [h("p", { class: "figure" }, percent(split.accuracy)),
    h("p", { class: "small soft" },
      `version ${version}, of ${number(split.rows)} ${result.test ? "test rows" : "rows"}: between ${percent(low)} and ${percent(high)}`)];
}

function trashOf(models) {
  return h("section", { class: "card" }, h("h2", {}, "In the trash"),
    h("ul", { class: "plain" }, models.map((model) => h("li", { class: "row" },
      h("span", {}, h("strong", {}, model.name), `, ${model.total === 1 ? "one version" : `${model.total} versions`}, `,
        h("span", { class: "soft" }, "gone for good ", new Date(model.versions[0].trashed_until).toLocaleString())),
      h("button", { class: "end", "aria-label": `Restore ${model.name}`, onclick: () => restore(model) }, "Restore")))));
}

// A model whose versions were deleted one by one is still in use: its own page lists those.
async function restore(model) {
  try {
    await ask(`v1/models/${model.name}/restore`, { method: "POST" });
  } catch (error) {
    if (error.status !== 409) throw error;
    return go(`/models/${model.name}`);
  }
  say(`${model.name} is back.`);
  shown();
}
