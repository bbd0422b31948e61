// The form of a job, made from the schema of its spec, in groups that fold.

import { h } from "./dom.js";
import { complain, part } from "./schema_form.js";
import { setAt, valueAt } from "./schema.js";

// In which group a field stands; what the service has beyond these comes last, under "More".
const GROUPS = [
  ["Network", "What learns.", ["backbone", "network", "start_from", "freeze", "normalization"]],
  ["Learning", "How each step changes it.", ["optimizer", "schedule", "batch_size", "regularization", "class_weights", "label_smoothing", "average_weights", "augmentation"]],
  ["How well it does", "What is held out, and when it ends.", ["validation_fraction", "early_stopping", "folds", "repeats", "unsure"]],
  ["How it runs", "Where, how long, in which order.", ["max_seconds", "device", "precision", "priority", "seed", "keep_checkpoints"]],
  ["Afterwards", "What becomes of it.", ["promote", "notes", "tags", "accept", "webhook", "parent", "checkpoint", "verifies"]],
];
const FIRST = ["model", "epochs"];
const ELSEWHERE = new Set(["dataset", "recipe"]); // of which the view has controls of its own

/**
 * @param {object} schema of `GET /v1/schema/job`
 * @param {{said: object, suggestions: Object<string, string[]>, onchange: () => void}} how `said` is
 *   what will be sent; it is changed in its place
 * @returns {{element: HTMLElement, set: () => void, hint: (spec: object) => void,
 *   complain: (errors: object[]) => object[]}} `set` shows `said`; `hint` what counts where nothing
 *   is said; `complain` puts errors beside their fields, and returns the rest
 */
export function specForm(schema, { said, suggestions, onchange }) {
  const change = (pointer, value) => { setAt(said, pointer, value); onchange(); };
  const form = { defs: schema.$defs, change, said: (pointer) => valueAt(said, pointer), places: new Map(), suggestions };
  const parts = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => !ELSEWHERE.has(name))
    .map(([name, inner]) => [name, part(form, name, inner, `/${name}`)]));
  const known = new Set([...FIRST, ...GROUPS.flatMap(([, , names]) => names)]);
  const more = Object.keys(parts).filter((name) => !known.has(name));
  const groups = [...GROUPS, ...(more.length ? [["More", "", more]] : [])].map((group) => folded(group, parts, said));
  const all = (verb, values) => { for (const [name, inner] of Object.entries(parts)) inner[verb](values[name]); };
  return {
    element: h("div", { class: "spec" }, grid(FIRST, parts), groups.map(({ element }) => element)),
    set: () => { all("set", said); for (const { count } of groups) count(); },
    hint: (spec) => all("hint", spec),
    complain: (errors) => complain(form, errors),
    count: () => { for (const { count } of groups) count(); },
  };
}

const grid = (names, parts) => h("div", { class: "grid spec-grid" }, names.filter((name) => parts[name]).map((name) => parts[name].element));

function folded([word, what, names], parts, said) {
  const counted = h("span", { class: "badge" });
  const count = () => {
    const given = names.filter((name) => said[name] !== undefined).length;
    counted.hidden = given === 0;
    counted.textContent = `${given} set`;
  };
  count();
  return { count, element: h("details", { class: "card" },
    h("summary", {}, word, " ", counted, h("span", { class: "soft small plain" }, ` ${what}`)), grid(names, parts)) };
}
