// What the page sends, as a line for a shell.

import { at } from "./api.js";

/**
 * A request as `curl`. The key never stands in it, but the variable that has it.
 * @param {string} method
 * @param {string} path with its query, such as `v1/jobs`
 * @param {any} [json] the body, if there is one
 * @param {{keyNeeded?: boolean}} [how]
 */
export function curlOf(method, path, json, { keyNeeded = false } = {}) {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  parts.push(quoted(String(at(path))));
  if (keyNeeded) parts.push("-H", '"Authorization: Bearer $PURR_API_KEY"');
  if (json !== undefined) parts.push("-H", quoted("Content-Type: application/json"), "-d", quoted(JSON.stringify(json)));
  return parts.join(" ");
}

const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
