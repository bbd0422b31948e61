// Styles that only some views need come with the first of these, and those of a view hold while it is shown.

import { h } from "./dom.js";

const known = new Map();

/**
 * Have a style sheet in force, fetched once; one of `views/` until another view is shown.
 * @param {string} path from the page's folder, such as `views/job.css`
 * @returns {Promise<void>} once it is in force, or cannot be had
 */
export function styles(path) {
  if (!known.has(path)) {
    const href = new URL(`../${path}`, import.meta.url).href;
    const link = h("link", { rel: "stylesheet", href });
    const loaded = new Promise((resolve) => { link.onload = link.onerror = resolve; });
    document.head.append(link);
    known.set(path, { link, loaded });
  }
  const { link, loaded } = known.get(path);
  link.media = "all";
  return loaded;
}

/** The view is left: what it calls its parts may be others' names. */
export function leaveStyles() {
  // Not `disabled`: then it would be fetched again, and the view be drawn before it is there.
  for (const [path, { link }] of known) if (path.startsWith("views/")) link.media = "not all";
}
