// Uploads that are under way. They go on while other views are looked at.

import { at, Problem } from "./api.js";
import { say } from "./dom.js";
import { nameOf, packed } from "./packing.js";
import { refusal, sent } from "./tus.js";

const KEPT = "purr-upload "; // begins the names under which a browser remembers uploads in pieces

/**
 * @typedef {object} Upload
 * @property {string} name of the dataset
 * @property {"packing" | "sending" | "done" | "failed" | "cancelled"} state
 * @property {number} done bytes @property {number} total bytes
 * @property {Problem | null} cut why it does not go on at the moment; it tries again by itself
 * @property {Error | null} problem why it failed
 * @property {string | null} dataset its id
 */

/** @type {Upload[]} */
export const uploads = [];
const listeners = new Set();

/** Be told of each change, until `signal` is aborted. */
export function watch(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

/**
 * Send files as one dataset.
 * @param {import("./packing.js").Found[]} found
 * @param {object} query of `POST /v1/datasets`; its name is that of the files unless it is given
 * @returns {Promise<string | null>} the id of the dataset; null where it failed or was cancelled
 */
export async function upload(found, query = {}) {
  const leaving = new AbortController();
  const total = found.reduce((sum, { file }) => sum + file.size, 0);
  const name = query.name || nameOf(found);
  const one = { name, state: "packing", done: 0, total, cut: null, problem: null, dataset: null, leaving };
  uploads.unshift(one);
  tell(one);
  try {
    one.dataset = await send(one, found, { ...query, name });
    tell(one, { state: "done" });
  } catch (error) {
    const cancelled = leaving.signal.aborted;
    tell(one, cancelled ? { state: "cancelled" } : { state: "failed", problem: error });
    if (cancelled) forget(one);
  }
  return one.dataset;
}

/** End an upload. What has come of it the service removes after an hour. */
export const cancel = (one) => one.leaving.abort(new DOMException("Cancelled.", "AbortError"));

/** Show it no more. */
export function forget(one) {
  if (uploads.includes(one)) uploads.splice(uploads.indexOf(one), 1);
  tell(one);
}

async function send(one, found, query) {
  const { signal } = one.leaving;
  const sources = await packed(found, { signal, onread: (done) => tell(one, { done }) });
  tell(one, { state: "sending", done: 0, total: sources.reduce((sum, { blob }) => sum + blob.size, 0) });
  const onprogress = (done) => tell(one, { done });
  if (sources.length > 1) return form(sources, query, { signal, onprogress });
  const place = found.length === 1 ? KEPT + JSON.stringify([found[0].file.name, found[0].file.size, found[0].file.lastModified, query]) : null;
  const known = place && localStorage.getItem(place);
  const onbegin = (id) => place && localStorage.setItem(place, id);
  const oncut = (cut) => { if (cut !== one.cut) tell(one, { cut }); };
  try {
    return await sent(sources[0], { query, known, signal, onbegin, onprogress, oncut });
  } finally {
    if (place) localStorage.removeItem(place); // the page was not closed meanwhile
  }
}

function form(sources, query, { signal, onprogress }) {
  const body = new FormData();
  for (const { name, blob } of sources) body.append("file", blob, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", at("v1/datasets", query));
    request.upload.onprogress = ({ loaded }) => onprogress(loaded);
    request.onload = () => (request.status === 202 ? resolve(JSON.parse(request.responseText).id) : reject(refusal(request)));
    request.onerror = () => reject(new Problem(0, { detail: "The connection broke. Several files go out in one request, so send them again." }));
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function tell(one, changes = {}) {
  const before = one.state;
  Object.assign(one, changes);
  if (before !== one.state && one.state === "done") say(`${one.name} is uploaded.`);
  for (const listener of listeners) listener(one);
}

addEventListener("beforeunload", (event) => {
  if (uploads.some(({ state }) => state === "packing" || state === "sending")) event.preventDefault();
});
