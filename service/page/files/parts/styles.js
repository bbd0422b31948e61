// Styles that only some views need come with the first of these.

import { h } from "./dom.js";

const known = new Map();

/**
 * Link a style sheet, once.
 * @param {string} path from the page's folder, such as `views/job.css`
 * @returns {Promise<void>} once it is in force, or cannot be had
 */
export function styles(path) {
  if (!known.has(path)) {
    known.set(path, new Promise((resolve) => {
      const href = new URL(`../${path}`, import.meta.url).href;
      document.head.append(h("link", { rel: "stylesheet", href, onload: resolve, onerror: resolve }));
    }));
  }
  return known.get(path);
}
