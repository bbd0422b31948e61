// A file in pieces (https://tus.io, 1.0): what has come stays when the connection breaks.

import { answered, at, Problem } from "./api.js";

const PIECE = 2 ** 22; // bytes that are sent at once
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];
const TUS = { "Tus-Resumable": "1.0.0" };
// 0: no answer. 409: the service still listens to the connection that broke. Others: not now.
const PASSING = new Set([0, 408, 409, 429, 500, 502, 503, 504]);

/**
 * Send a file until the service has all of it, over cuts and restarts.
 * @param {{name: string, blob: Blob}} source
 * @param {{query?: object, known?: string, signal: AbortSignal, onbegin?: (id: string) => void,
 *   onprogress: (sent: number) => void, oncut: (error: Problem | null) => void}} how `query`: of
 *   `POST /v1/datasets`; `known`: the id of an upload that was begun before; `oncut` is told why it
 *   does not go on, and null once it does
 * @returns {Promise<string>} the id of the dataset that it becomes
 * @throws {Problem} the service does not want it, or has forgotten it
 */
export async function sent(source, { query = {}, known = null, signal, onbegin = () => {}, onprogress, oncut }) {
  const patience = patient(signal, oncut);
  const there = known && await offset(known, signal).then(() => known, () => null);
  const id = there ?? await patience(() => begin(source, query, signal));
  onbegin(id);
  const { blob } = source;
  let from = await patience(() => offset(id, signal));
  while (from < blob.size) {
    onprogress(from);
    from = await patience(async (tried) => {
      const start = tried ? await offset(id, signal) : from;
      return start < blob.size ? append(id, blob, start, { signal, onprogress, oncut }) : start;
    });
  }
  onprogress(from);
  return id;
}

async function begin({ name, blob }, query, signal) {
  const filename = btoa(String.fromCharCode(...new TextEncoder().encode(name)));
  const headers = { ...TUS, "Upload-Length": blob.size, "Upload-Metadata": `filename ${filename}` };
  const answer = await answered("v1/uploads", { method: "POST", query, headers, signal });
  return answer.headers.get("Location").split("/").at(-1);
}

async function offset(id, signal) {
  const answer = await answered(`v1/uploads/${id}`, { method: "HEAD", headers: TUS, signal });
  return Number(answer.headers.get("Upload-Offset"));
}

// By XMLHttpRequest: fetch does not say how much of a body has gone out.
function append(id, blob, from, { signal, onprogress, oncut }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("PATCH", at(`v1/uploads/${id}`));
    for (const [name, value] of Object.entries({ ...TUS, "Upload-Offset": from })) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.upload.onprogress = ({ loaded }) => { oncut(null); onprogress(from + loaded); };
    request.onload = () => (request.status === 204
      ? resolve(Number(request.getResponseHeader("Upload-Offset"))) : reject(refusal(request)));
    request.onerror = () => reject(new Problem(0, { code: "unreachable", detail: "The service does not answer." }));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.send(blob.slice(from, from + PIECE));
  });
}

/** A refusal of an `XMLHttpRequest` in the words of the service. */
export function refusal(request) {
  try {
    return new Problem(request.status, JSON.parse(request.responseText));
  } catch {
    return new Problem(request.status, { detail: `The service, or a proxy before it, answered ${request.status}.` });
  }
}

// Tries what may pass again and again, ever more slowly, until somebody cancels it.
function patient(signal, oncut) {
  return async (task) => {
    for (let tried = 0; ; tried++) {
      signal.throwIfAborted();
      try {
        const answer = await task(tried);
        oncut(null);
        return answer;
      } catch (error) {
        if (!(error instanceof Problem) || !PASSING.has(error.status) || isFinal(error)) throw error;
        oncut(error);
        await paused(AGAIN_MS[Math.min(tried, AGAIN_MS.length - 1)], signal);
      }
    }
  };
}

// A full disk or a fault of the service itself is said at once.
const isFinal = (error) => error.status === 500 && error.code !== "";

function paused(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); }, { once: true });
  });
}
