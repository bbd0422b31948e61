// Where files are dropped or chosen, and how far they are on their way.

import { h, put, say } from "./dom.js";
import { chosen, dropped } from "./packing.js";
import { go } from "./router.js";
import { cancel, forget, upload, uploads, watch } from "./uploads.js";
import { bytes, problemCard } from "./words.js";

/**
 * A place for files; whatever is dropped anywhere on the page counts. Once all of it is uploaded,
 * the dataset is shown, if nobody has gone elsewhere.
 * @param {AbortSignal} signal of the view
 * @param {{query?: () => object, more?: any}} [how] `query` of `POST /v1/datasets`, when files have
 *   come; `more` stands below
 */
export function dropArea(signal, { query = () => ({}), more = null } = {}) {
  const begin = (found) => begun(found, query(), signal);
  const files = picker("Choose files", { multiple: true }, begin);
  const folder = picker("Choose a folder", { webkitdirectory: true }, begin);
  const area = h("div", { class: "drop" },
    h("p", { class: "figure" }, "Drop a zip, a folder or files here"),
    h("p", { class: "soft" }, "Folders are classes: ", h("code", {}, "cat/1.jpg"), ", ", h("code", {}, "dog/2.jpg"),
      ". Tables (CSV, Parquet) and arrays (HDF5, NumPy) are read too."),
    h("p", { class: "row drop-buttons" }, files, folder), more);
  listen(area, begin, signal);
  return area;
}

/** Cards of the uploads, which keep up with them. */
export function uploadCards(signal) {
  const list = h("div", { class: "uploads" });
  const cards = new Map();
  const draw = () => {
    for (const one of uploads) if (!cards.has(one)) cards.set(one, uploadCard(one));
    for (const one of cards.keys()) if (!uploads.includes(one)) cards.delete(one);
    put(list, uploads.map((one) => cards.get(one).card));
  };
  watch((one) => {
    if (uploads.includes(one) !== cards.has(one)) draw();
    cards.get(one)?.tell();
  }, signal);
  draw();
  return list;
}

/**
 * Upload, then show the dataset, if nobody has gone elsewhere and nothing else is on its way.
 * @param {import("./packing.js").Found[]} found
 * @param {object} query of `POST /v1/datasets`
 * @param {AbortSignal} signal of the view
 */
export async function begun(found, query, signal) {
  if (found.length === 0) return say("There are no files in it.");
  const dataset = await upload(found, query);
  const alone = !uploads.some(({ state }) => state === "packing" || state === "sending");
  if (!dataset || !alone || signal.aborted) return;
  forgetDone();
  go(`/datasets/${dataset}`);
}

/** Show none of those any more that are done. */
function forgetDone() {
  for (const one of uploads.filter(({ state }) => state === "done")) forget(one);
}

function picker(label, attributes, begin) {
  const input = h("input", { type: "file", hidden: true, "aria-label": label, ...attributes,
    onchange: () => { begin(chosen(input)); input.value = ""; } });
  return [h("button", { type: "button", onclick: () => input.click() }, label), input];
}

function listen(area, begin, signal) {
  const over = (is) => (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    area.classList.toggle("over", is);
  };
  addEventListener("dragover", over(true), { signal });
  addEventListener("dragleave", over(false), { signal });
  addEventListener("drop", async (event) => {
    over(false)(event);
    if (event.dataTransfer?.types.includes("Files")) begin(await dropped(event.dataTransfer));
  }, { signal });
}

function uploadCard(one) {
  const bar = h("progress", { "aria-label": `Upload of ${one.name}` });
  const line = h("p", { class: "small soft" });
  const end = h("button", { class: "quiet", onclick: () => (isOver(one) ? forget(one) : cancel(one)) });
  const wrong = h("div", {});
  const open = h("span", {});
  const card = h("article", { class: "card" },
    h("div", { class: "row" }, h("h3", {}, one.name), open, h("span", { class: "end" }, end)), bar, line, wrong);

  function tell() {
    bar.max = Math.max(one.total, 1);
    bar.value = one.state === "done" ? bar.max : one.done;
    bar.hidden = one.state === "failed";
    line.textContent = said(one);
    end.textContent = isOver(one) ? "Put away" : "Cancel";
    put(open, one.dataset && h("a", { href: `#/datasets/${one.dataset}` }, "Look at it"));
    if (one.problem && !wrong.hasChildNodes()) put(wrong, problemCard(one.problem));
  }
  tell();
  return { card, tell };
}

const isOver = (one) => ["done", "failed", "cancelled"].includes(one.state);

function said(one) {
  if (one.state === "packing") return `Packing: ${bytes(one.done)} of ${bytes(one.total)} read.`;
  if (one.state === "failed") return "It was not uploaded.";
  if (one.state === "done") return `Uploaded, ${bytes(one.total)}.`;
  if (one.cut) return `${bytes(one.done)} of ${bytes(one.total)} are there. ${one.cut.message} It goes on by itself once it can.`;
  return `${bytes(one.done)} of ${bytes(one.total)} sent.`;
}
