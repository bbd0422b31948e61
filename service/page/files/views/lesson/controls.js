// What may be varied of a lesson: the dataset and a small network, or how much of a job's is shown.

import { field } from "../../parts/dialog.js";
import { h } from "../../parts/dom.js";
import { go } from "../../parts/router.js";

const ACTIVATIONS = ["relu", "leaky_relu", "gelu", "tanh", "sigmoid", "identity"];
const OPTIMIZERS = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"];
const NORMALIZATIONS = ["standardize", "center", "scale", "none"];
const BEGIN = { units: "4", activation: "relu", optimizer: "sgd", rate: "0.01", normalization: "standardize", most: "6",
  seed: "1" };

/** What a lesson is asked by, as the address has it. @param {URLSearchParams} query */
export const asked = (query) => ({ ...BEGIN, ...Object.fromEntries(query) });

/** The spec of a job that such a network would be trained by. */
export function specOf({ dataset, units, activation, optimizer, rate, normalization, seed }) {
  return {
    dataset, recipe: null,
    network: { kind: "dense", hidden_units: units.split(/[\s,]+/).filter(Boolean).map(Number), activation },
    optimizer: { kind: optimizer, learning_rate: Number(rate) }, normalization, seed: Number(seed),
  };
}

/**
 * @param {object} wanted of `asked`
 * @param {object[]} datasets that are ready
 */
export function controls(wanted, datasets) {
  const select = (name, label, values, said = (value) => value) => field(label, h("select", { name },
    values.map((value) => h("option", { value, selected: value === wanted[name] }, said(value)))));
  const typed = (name, label, attributes, advice) => field(label,
    h("input", { name, value: wanted[name], required: true, ...attributes }), advice);
  const names = Object.fromEntries(datasets.map((one) => [one.id, one]));
  const form = h("form", { class: "lesson-controls", onsubmit: send },
    wanted.job ? null : [
      select("dataset", "Dataset", Object.keys(names), (id) => `${names[id].name}, version ${names[id].version}`),
      typed("units", "Hidden units", { required: false, pattern: "[0-9]*([ ,]+[0-9]+)*", inputmode: "numeric" },
        "Of each layer, with spaces between. None: no hidden layer."),
      select("activation", "Activation", ACTIVATIONS), select("optimizer", "Optimizer", OPTIMIZERS),
      typed("rate", "Learning rate", { type: "number", min: 0, step: "any" }),
      select("normalization", "Normalization", datasets.find(({ id }) => id === wanted.dataset)?.kind === "table"
        ? ["standardize", "center", "none"] : NORMALIZATIONS),
      typed("seed", "Seed", { type: "number", min: 0, step: 1 }, "Another one draws other weights."),
    ],
    typed("most", "Numbers shown", { type: "number", min: 1, max: 16, step: 1 }, "Along each side of an array."),
    h("div", { class: "field" }, h("button", { class: "primary" }, "Show this step")));

  function send(event) {
    event.preventDefault();
    const said = new URLSearchParams(new FormData(form));
    if (wanted.job) said.set("job", wanted.job);
    go(`/lesson?${said}`, { replace: true });
  }

  return form;
}
