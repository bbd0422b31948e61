// The first step of a training on four rows, part by part: forward, back, and the update.

import { ask, at, everything } from "../parts/api.js";
import { curlBlock } from "../parts/curl.js";
import { h, put } from "../parts/dom.js";
import { mathName } from "../parts/math.js";
import { styles } from "../parts/styles.js";
import { problemCard } from "../parts/words.js";
import { asked, controls, specOf } from "./lesson/controls.js";
import { panel } from "./lesson/panel.js";

const GROUPS = { given: "Given", forward: "Forward", backward: "Backward", update: "Update", end: "In the end" };

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, query, signal, title }) {
  title("Lesson");
  root.classList.add("lesson-view");
  const wanted = asked(query);
  const [datasets] = await Promise.all([
    wanted.job ? [] : everything("v1/datasets", { query: { state: "ready" }, signal }), styles("views/lesson.css"),
  ]);
  if (!wanted.job && datasets.length === 0) return put(root, nothing());
  wanted.dataset ??= smallest(datasets)?.id;
  const body = h("div", { class: "view" }, h("p", { class: "soft", role: "status" }, "The step is computed …"));
  put(root, h("header", {}, h("h1", {}, "Lesson: one step"),
    h("p", {}, "A network learns by steps like this one: forward through the layers, back through them, and each weight ",
      "a little further. Here is one whole, with all its numbers.",
      wanted.job && [" It is the first step of ", h("a", { href: `#/jobs/${wanted.job}` }, "this job"), ", on four of its rows."])),
  h("section", { class: "card", "aria-label": "What is shown" }, controls(wanted, datasets)), body);
  try {
    const [found, dataset] = await computed(wanted, datasets, signal);
    drawn(body, found, dataset, wanted, signal);
  } catch (error) {
    if (error.name !== "AbortError") put(body, problemCard(error));
  }
}

// A lesson of small pictures, or of a table, has the fewest numbers.
const smallest = (datasets) => datasets.toSorted((one, other) => size(one) - size(other))[0];
const size = ({ shape }) => shape.reduce((one, other) => one * other, 1);

async function computed(wanted, datasets, signal) {
  if (!wanted.job) {
    const found = await ask("v1/lessons/step", { method: "POST", query: { most: wanted.most }, json: specOf(wanted), signal });
    return [found, datasets.find(({ id }) => id === wanted.dataset)];
  }
  const { job, most } = wanted;
  const [found, { spec }] = await Promise.all([
    ask("v1/lessons/step", { query: { job, most }, signal }), ask(`v1/jobs/${job}`, { signal }),
  ]);
  return [found, await ask(`v1/datasets/${spec.dataset}`, { signal })];
}

function nothing() {
  return h("section", { class: "card empty" }, h("h1", {}, "Lesson: one step"),
    h("p", {}, "It needs a few rows to learn from. Bring a dataset, or draw sketches."),
    h("p", {}, h("a", { class: "button primary", href: "#/datasets" }, "Datasets")));
}

function drawn(body, found, dataset, wanted, signal) {
  const arrays = new Map(found.arrays.map((one) => [one.name, one]));
  const parts = partsOf(found);
  const at = { part: 0 };
  const place = h("p", { class: "small soft", role: "status" });
  const here = h("section", { class: "card part", "aria-labelledby": "part" });
  const chips = parts.map((part, i) => h("button", {
    class: "chip", data: { name: part.name }, "aria-label": part.said, onclick: () => to(i) },
    part.kind === "array" || part.kind === "update" ? mathName(part.name) : part.said));
  const go = (name) => to(parts.findIndex((part) => part.kind === "array" && part.name === name));

  function to(i) {
    at.part = Math.min(Math.max(i, 0), parts.length - 1);
    const part = parts[at.part];
    const had = here.contains(document.activeElement);
    put(here, h("p", { class: "small soft" }, GROUPS[part.group]), h("h2", { id: "part", tabindex: -1 }, part.said),
      panel(part, { arrays, go }));
    if (had) here.querySelector("h2").focus({ preventScroll: true });
    place.textContent = `Part ${at.part + 1} of ${parts.length}: ${part.said}`;
    marked(parts, chips, part, at.part);
  }

  const step = (by, words) => h("button", { onclick: () => to(at.part + by) }, words);
  put(body, summary(found, dataset), map(parts, chips),
    h("div", { class: "row steps" }, step(-1, "← Previous"), step(1, "Next →"), place), here,
    wanted.job ? curlBlock("GET", `v1/lessons/step?job=${wanted.job}&most=${wanted.most}`)
      : curlBlock("POST", `v1/lessons/step?most=${wanted.most}`, specOf(wanted)));
  listen(body, (by) => to(at.part + by), signal);
  to(parts.findIndex((part) => part.group === "forward"));
}

/** All parts of a lesson in their order: arrays, what was kept, updates, and the check. */
function partsOf(found) {
  return [
    ...found.arrays.map((array) => ({ kind: "array", group: array.part, name: array.name, said: array.name, array })),
    ...found.updates.map((update) => ({ kind: "update", group: "update", name: update.name,
      said: `${update.name}, a step further`, update, learningRate: found.learning_rate })),
    { kind: "cache", group: "end", name: "cache", said: "The cache", cache: found.cache },
    { kind: "check", group: "end", name: "check", said: "The check", check: found.check, before: found.cost_before,
      after: found.cost_after },
  ];
}

function summary(found, dataset) {
  const [first, ...rest] = found.said.split(/(?<=\.) (?=[A-Z])/);
  const image = ({ row }) => at(`v1/datasets/${dataset.id}/rows/${row}.png`, { split: "train" }).href;
  return h("section", { class: "card", "aria-label": "What comes of it" }, h("p", { class: "big" }, first),
    rest.length > 0 && h("p", { class: "soft" }, rest.join(" ")),
    h("ul", { class: "samples plain" }, found.rows.map((one) => h("li", {},
      dataset.kind === "images" && h("img", { class: "pixels", src: image(one), alt: "" }),
      h("span", {}, `row ${one.row}: ${one.label}`)))),
    found.left_out.length > 0 && h("p", { class: "small soft" }, `Other than in a training: ${found.left_out.join(" ")}`));
}

function map(parts, chips) {
  return h("nav", { class: "card map", "aria-label": "Parts of the step" }, Object.entries(GROUPS).map(([group, words]) =>
    h("div", { class: "map-group" }, h("h2", { class: "minor" }, words),
      h("div", { class: "row" }, chips.filter((_, i) => parts[i].group === group)))),
  h("p", { class: "small soft legend" }, h("span", { class: "chip uses" }, "made of"),
    h("span", { class: "chip arrived" }, "came from behind"),
    h("span", { class: "chip goes" }, "goes into"), " Keys ← and → go from part to part."));
}

function marked(parts, chips, part, current) {
  const { uses = [], arrived = [], used_by: goes = [] } = part.array ?? (part.update ? { uses: [`d${part.name}`, part.name] } : {});
  chips.forEach((chip, i) => {
    const { name, kind, group } = parts[i];
    const later = kind === "update" && part.group === "backward"; // a gradient goes to the update of its parameter
    const is = i === current ? "current" : kind === "update" && !later ? "" : arrived.includes(name) && kind === "array" ? "arrived"
      : uses.includes(name) && kind === "array" ? "uses" : goes.includes(name) && (later || group !== "given") ? "goes" : "";
    chip.className = `chip ${is}`;
    if (is === "current") chip.setAttribute("aria-current", "step");
    else chip.removeAttribute("aria-current");
  });
}

// Arrows go from part to part; what is pointed at is marked wherever it stands.
function listen(body, by, signal) {
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, pre, .formula") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowRight") by(1);
    else if (event.key === "ArrowLeft") by(-1);
  }, { signal });
  const lit = (event) => {
    const name = event.target.closest("[data-name]")?.dataset.name;
    for (const one of body.querySelectorAll("[data-name]")) one.classList.toggle("lit", one.dataset.name === name);
  };
  body.addEventListener("mouseover", lit);
  body.addEventListener("focusin", lit);
}
