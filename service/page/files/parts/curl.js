// What the page sends, as a line for a shell.

import { at } from "./api.js";
import { h } from "./dom.js";

/**
 * A request as `curl` sends it. The key is not in it, but the variable that has it.
 * @param {string} method
 * @param {string} path such as `v1/jobs`
 * @param {any} [json] the body; none without it
 */
export function curlOf(method, path, json) {
  const parts = ["curl", ...(method === "GET" ? [] : [`-X ${method}`])];
  if (keyNeeded()) parts.push('-H "Authorization: Bearer $PURR_API_KEY"');
  if (json !== undefined) parts.push('-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(json))}`);
  return `${parts.join(" ")} ${quoted(at(path).href)}`;
}

/** The same, folded away under a line; `summary` says what it is. */
export const curlBlock = (method, path, json, summary = "The same with curl") =>
  h("details", {}, h("summary", {}, summary), h("pre", { tabindex: 0 }, h("code", {}, curlOf(method, path, json))));

// Within single quotes a shell changes nothing; a single quote ends them for a moment.
const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

// Who can sign out has signed in.
const keyNeeded = () => document.querySelector("#sign-out")?.hidden === false;
