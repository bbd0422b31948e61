// What the page asks the API: JSON, and problems as errors (RFC 9457).

export const ROOT = new URL("../../", import.meta.url); // the path that the service lies under

/** Why a request failed, in the words of the service. */
export class Problem extends Error {
  /**
   * @param {number} status 0: no answer came
   * @param {object} body `code`, `detail`, and `errors`: a pointer into what was sent, and words
   */
  constructor(status, body) {
    super(body.detail ?? "The service gave an answer that is not its own.");
    this.name = "Problem";
    this.status = status;
    this.code = body.code ?? "";
    this.errors = body.errors ?? [];
    this.body = body;
  }
}

/** The whole address of a path such as `v1/jobs`, with a query; what is null there is left out, a list comes again and again. */
export function at(path, query = {}) {
  const url = new URL(path.replace(/^\//, ""), ROOT);
  for (const [name, value] of Object.entries(query).flatMap(([name, values]) => [values].flat().map((one) => [name, one]))) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.append(name, value);
  }
  return url;
}

/**
 * Ask, and return the answer's JSON; null where it has no body.
 * @param {{method?: string, query?: object, json?: any, body?: BodyInit, headers?: object,
 *   signal?: AbortSignal}} how
 * @throws {Problem}
 */
export async function ask(path, how = {}) {
  const response = await answered(path, how);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** The same, but the whole answer: for its headers, or a body that is no JSON. */
export async function answered(path, { method = "GET", query, json, body, headers = {}, signal } = {}) {
  const sent = json === undefined ? body : JSON.stringify(json);
  const said = json === undefined ? headers : { "Content-Type": "application/json", ...headers };
  let response;
  try {
    response = await fetch(at(path, query), { method, body: sent, headers: said, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { code: "unreachable", detail: "The service does not answer. Is it running?" });
  }
  if (!response.ok) throw new Problem(response.status, await problem(response));
  return response;
}

/** All that a list has, page by page, up to `most`. */
export async function everything(path, { query = {}, most = 1000, signal } = {}) {
  const found = [];
  for (let after = null; found.length < most;) {
    const page = await ask(path, { query: { ...query, after }, signal });
    found.push(...page.data);
    if (!(after = page.next)) break;
  }
  return found.slice(0, most);
}

/** For a header `Idempotency-Key`: what is sent twice with it is done once. */
export const newKey = () => // without TLS a browser lends no randomUUID
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** @returns {Promise<{key_needed: boolean, signed_in: boolean}>} */
export const session = () => ask("page/session");
export const signIn = (key) => ask("page/session", { method: "POST", json: { key } });
export const signOut = () => ask("page/session", { method: "DELETE" });

async function problem(response) {
  try {
    return await response.json();
  } catch {
    return { detail: `The service, or a proxy before it, answered ${response.status}.` };
  }
}
