// What is uploaded of chosen or dropped files: these themselves, or a zip of the folder.

import { zipped } from "./zip.js";

const APART = [
  new Set(["h5", "hdf5", "npz", "npy"]),
  new Set(["csv", "tsv", "jsonl", "ndjson", "parquet", "arrow", "feather"]),
  new Set(["zip", "tar", "tgz", "gz", "zst"]),
];

/** @typedef {{path: string, file: File}} Found `path`: with the folders, `/` between */

/** The files of an `<input type="file">`, hidden ones left out. @returns {Found[]} */
export const chosen = (input) =>
  seen([...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));

/** The files that were dropped, of folders too. @returns {Promise<Found[]>} */
export async function dropped(transfer) {
  // Entries can be asked for at once only: the list is empty after the first wait.
  const items = [...transfer.items].filter((item) => item.kind === "file")
    .map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const found = await Promise.all(items.map((item) => (item instanceof File ? [{ path: item.name, file: item }] : within(item))));
  return seen(found.flat());
}

/**
 * What is sent: one file as it is; several that are all arrays, tables or archives as they are;
 * all else as a zip in which folders are classes.
 * @param {Found[]} found
 * @param {{signal?: AbortSignal, onread?: (bytes: number) => void}} how see `zipped`
 * @returns {Promise<Array<{name: string, blob: Blob}>>}
 */
export async function packed(found, how) {
  if (isApart(found)) return found.map(({ path, file }) => ({ name: path.split("/").at(-1), blob: file }));
  const { name, entries } = withoutOuter(found);
  return [{ name: `${name}.zip`, blob: await zipped(entries, how) }];
}

/** How a dataset of these files may be called: by their folder, or by the first of them. */
export function nameOf(found) {
  const name = isApart(found) ? found[0].path.split("/").at(-1).replace(/\.(tar\.)?\w+$/, "") : withoutOuter(found).name;
  return name.slice(0, 200) || "dataset";
}

function isApart(found) {
  const ends = found.map(({ path }) => path.split(".").at(-1).toLowerCase());
  if (found.length === 1) return !/\.(jpe?g|png|webp|gif|bmp|tiff?|avif|heic)$/i.test(found[0].path);
  return APART.some((group) => ends.every((end) => group.has(end)));
}

// A folder that was chosen is no class: what lies in it may be.
function withoutOuter(found) {
  const outer = found[0].path.split("/")[0];
  const inOne = found.every(({ path }) => path.startsWith(`${outer}/`));
  const strip = inOne ? outer.length + 1 : 0;
  const entries = found.map(({ path, file }) => ({ path: path.slice(strip), file }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  return { name: inOne ? outer : "pictures", entries };
}

const seen = (found) => found.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));

async function within(entry, above = "") {
  const path = above + entry.name;
  if (entry.isFile) return [{ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) }];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a browser tells a hundred at a time
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return found;
    for (const inner of some) found.push(...await within(inner, `${path}/`));
  }
}
