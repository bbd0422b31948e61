// Styles that a view brings along: a file beside it, linked once.

import { ROOT } from "./api.js";
import { h } from "./dom.js";

const linked = new Map();

/**
 * Resolves once a file of styles counts, or cannot be had: a view without its styles is still read.
 * @param {string} path within the page's files, such as `views/job.css`
 */
export function styles(path) {
  if (!linked.has(path)) {
    linked.set(path, new Promise((resolve) => {
      document.head.append(h("link", {
        rel: "stylesheet", href: new URL(`page/${path}`, ROOT), onload: resolve, onerror: resolve,
      }));
    }));
  }
  return linked.get(path);
}
