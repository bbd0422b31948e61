// A few pictures come to a dataset: they are uploaded as one of their own, which an edit adds.

import { answered, ask } from "../../parts/api.js";
import { zipped } from "../../parts/zip.js";

const AGAIN_MS = 300;

/**
 * Make a version of a model's dataset in which these are training rows too.
 *
 * A dataset must have two classes and a test row. So rows that are there already come along, once
 * more, and the last edit leaves these out again.
 * @param {{version: object, signal: AbortSignal}} here the version of the model
 * @param {Array<{file: File, label: string}>} items
 * @param {(what: string) => void} tell what goes on
 * @returns {Promise<object>} the version
 * @throws {Error} a step failed, or was rejected
 */
export async function addition({ signal, version }, items, tell) {
  const { id } = version.dataset;
  tell("The pictures are uploaded.");
  const dataset = await ask(`v1/datasets/${id}`, { signal });
  const uploaded = await upload(dataset, version.preprocessing, items, await companions(dataset, items, signal), signal);
  tell("They are added.");
  const longer = await ready(await edited(id, { add: uploaded.id }, signal), signal);
  tell("What came along is left out.");
  const drop = await cameAlong(dataset, uploaded, signal);
  return ready(await edited(longer.id, { drop }, signal), signal);
}

const COMPANION = "companion";
const NOTES = "Pictures that a model was asked about, with the classes that a person says they are of.";

// A training row of another class than all that are sent, if they are of one, and a test row.
async function companions(dataset, items, signal) {
  const labels = new Set(items.map((item) => item.label));
  const wanted = [["test", 0]];
  if (labels.size === 1) {
    const { splits } = await ask(`v1/datasets/${dataset.id}/statistics`, { signal });
    const [, other] = Object.entries(splits.train.per_class).find(([name, one]) => !labels.has(name) && one.rows > 0) ?? [];
    if (!other) throw new Error("Expected training rows of another class in the dataset, got none. Add some first.");
    wanted.push(["train", other.first]);
  }
  return Promise.all(wanted.map(async ([split, row]) => {
    const path = `v1/datasets/${dataset.id}/rows/${row}`;
    const how = { query: { split }, signal };
    const [about, picture] = await Promise.all([ask(path, how), answered(`${path}.png`, how)]);
    return { path: `${split}/${about.label}/${COMPANION}.png`, label: about.label, file: await picture.blob() };
  }));
}

async function upload({ name, shape }, preprocessing, items, others, signal) {
  const pathOf = ({ file, label }, i) => `train/${label}/${i + 1}-${file.name.replaceAll(/[/\\:]/g, "-")}`;
  const pictures = items.map((item, i) => ({ path: pathOf(item, i), file: item.file }));
  const body = await zipped([...pictures, ...others], { signal });
  const query = { name: `${name}, corrected`.slice(0, 200), notes: NOTES, image_size: shape[0], resize: preprocessing.resize };
  const begun = await ask("v1/datasets", { method: "POST", query, body, headers: { "Content-Type": "application/zip" }, signal });
  const found = await ready(begun, signal);
  checkClasses(found.classes, [...items, ...others].map(({ label }) => label));
  return found;
}

// In a zip a class is a folder, and not every name can be one: `a/b`, or `test`.
function checkClasses(found, wanted) {
  const other = [...wanted, ...found].find((one) => !wanted.includes(one) || !found.includes(one));
  if (other === undefined) return;
  throw new Error(`Expected the classes ${[...new Set(wanted)].join(", ")} in what was uploaded, got ${found.join(", ")}, `
    + "since not every name can be that of a folder. Nothing was added. Rename the class in the dataset first.");
}

const edited = (id, json, signal) => ask(`v1/datasets/${id}/versions`, { method: "POST", json, signal });

async function ready({ id }, signal) {
  for (;;) {
    const found = await ask(`v1/datasets/${id}`, { signal });
    if (found.state === "ready") return found;
    if (found.state !== "importing") throw new Error(found.problem?.detail ?? `The dataset is ${found.state}.`);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

// Rows that are added stand behind those that were there, in their own order.
async function cameAlong(dataset, uploaded, signal) {
  const found = [];
  for (const split of Object.keys(uploaded.splits)) {
    const { rows } = uploaded.splits[split];
    for (let row = 0; row < rows; row++) {
      const { name } = await ask(`v1/datasets/${uploaded.id}/rows/${row}`, { query: { split }, signal });
      if (name?.endsWith(`/${COMPANION}.png`)) found.push({ split, row: (dataset.splits[split]?.rows ?? 0) + row });
    }
  }
  return found;
}
