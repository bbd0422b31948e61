// From the address to a view. All of it stands behind the #, so it works below any path.

import { Problem } from "./api.js";
import { h, put } from "./dom.js";
import { leaveStyles } from "./styles.js";
import { problemCard } from "./words.js";

let views = [];
let main = null;
let leaving = new AbortController();

/**
 * Show the view that the address names, and each that it names later.
 * @param {Array<[string, () => Promise<{show: Function}>]>} table a pattern such as `/jobs/:id`, and
 *   the module whose `show(place)` draws it
 * @param {HTMLElement} element
 */
export function begin(table, element) {
  views = table;
  main = element;
  addEventListener("hashchange", () => { if (isRoute()) shown(); });
  shown();
}

/** Go to a view; `replace` leaves no step back. */
export function go(path, { replace = false } = {}) {
  if (!replace) location.hash = path;
  else {
    history.replaceState(null, "", `#${path}`);
    shown();
  }
}

/** Draw the view of the address, anew if it is the same. */
export async function shown() {
  leaving.abort();
  leaveStyles();
  leaving = new AbortController();
  const { signal } = leaving;
  const [path, query] = (location.hash.slice(1) || "/").split("?");
  const found = match(path);
  mark(path);
  const root = h("div", { class: "view" });
  put(main, root);
  scrollTo(0, 0);
  if (!found) return put(root, h("h1", {}, "There is no such page"), h("p", {}, h("a", { href: "#/" }, "Home")));
  const place = { root, params: found.params, query: new URLSearchParams(query), signal, title: name };
  try {
    await (await found.load()).show(place);
    if (!signal.aborted) main.focus({ preventScroll: true });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError") return;
    if (error instanceof Problem && error.status === 401) throw error;
    put(root, problemCard(error, () => shown()));
  }
}

const isRoute = () => location.hash === "" || location.hash.startsWith("#/");

function match(path) {
  const parts = path.split("/");
  const fits = (pattern) => pattern.split("/").length === parts.length
    && pattern.split("/").every((part, i) => part.startsWith(":") || part === parts[i]);
  const found = views.filter(([pattern]) => fits(pattern))
    .sort(([one], [other]) => one.split(":").length - other.split(":").length)[0]; // words first
  if (!found) return null;
  const names = found[0].split("/").map((part, i) => [part, parts[i]]).filter(([part]) => part.startsWith(":"));
  return { load: found[1], params: Object.fromEntries(names.map(([part, is]) => [part.slice(1), decodeURIComponent(is)])) };
}

function mark(path) {
  for (const link of document.querySelectorAll("nav a")) {
    const here = path.startsWith(link.hash.slice(1));
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function name(title) {
  document.title = title ? `${title} · Purrceptron` : "Purrceptron";
}
