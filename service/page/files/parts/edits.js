// Edits of a dataset: what they do, in words, and the version that they make.

import { ask } from "./api.js";
import { curlBlock } from "./curl.js";
import { asked } from "./dialog.js";
import { h, say } from "./dom.js";
import { go } from "./router.js";
import { number, percent } from "./words.js";

const NAMED = 8; // rows that are told one by one

const WORDS = {
  cleaned: (which) => [which === true ? "Rows that findings propose to leave out are left out."
    : `Rows that these findings name are left out: ${which.map(plain).join(", ")}.`],
  drop: (rows) => [`${counted(rows)} left out: ${named(rows, placeOf)}.`],
  relabel: (rows) => [`${counted(rows)} of another class: ${named(rows, (row) => `${placeOf(row)} is ${row.label}`)}.`],
  move: (rows) => [`${counted(rows)} moved: ${named(rows, (row) => `${placeOf(row)} to ${row.to}`)}.`],
  rename_class: (names) => Object.entries(names).map(([old, is]) => `The class ${old} is called ${is}.`),
  merge_classes: (names) => Object.entries(names).map(([is, olds]) => `${olds.join(" and ")} become one class, ${is}.`),
  add: () => ["The rows of another dataset are added."],
  resplit: ({ test_fraction: test, validation_fraction: validation = 0 }) =>
    [`All rows are divided anew: ${percent(test, 0)} to test${validation ? `, ${percent(validation, 0)} to validate` : ""}.`],
  image_size: (size) => [`Pictures are read again from the uploaded files, ${size} × ${size} pixels.`],
};

/** What edits do, a sentence each. @param {object} edits as they are posted @returns {string[]} */
export const editWords = (edits) => Object.entries(edits ?? {}).flatMap(([name, value]) => WORDS[name]?.(value) ?? []);

/**
 * Tell what edits would do, and make the version if that is wanted.
 * @param {{id: string, name: string}} dataset
 * @param {object} edits of `POST /v1/datasets/{id}/versions`
 */
export async function makeVersion(dataset, edits) {
  const path = `v1/datasets/${dataset.id}/versions`;
  const made = await asked({
    title: "Make a new version",
    body: [h("ul", {}, editWords(edits).map((sentence) => h("li", {}, sentence))),
      h("p", { class: "soft" }, `${dataset.name} stays as it is, and so do the models that learned from it.`),
      curlBlock("POST", path, edits)],
    verb: "Make it",
    act: () => ask(path, { method: "POST", json: edits }),
  });
  if (!made) return;
  say(`Version ${made.version} is being made.`);
  go(`/datasets/${made.id}`);
}

/** `train 17`. */
export const placeOf = ({ split, row }) => `${split} ${row}`;

/** A code such as `flat_pictures` as words. */
export const plain = (code) => code.replaceAll("_", " ");

const counted = (rows) => (rows.length === 1 ? "A row is" : `${number(rows.length)} rows are`);

function named(rows, tell) {
  const first = rows.slice(0, NAMED).map(tell).join(", ");
  return rows.length > NAMED ? `${first} and ${rows.length - NAMED} more` : first;
}
