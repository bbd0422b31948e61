// What is asked for again and again is drawn again only if it has changed, so nobody loses their place.

import { put } from "./dom.js";

const drawn = new WeakMap();

/**
 * Put what `make` returns into an element if `data` is not what it was drawn from. Focus stays on
 * the link of the same address, or the element of the same id.
 * @param {Element} element
 * @param {any} data JSON
 * @param {() => any} make children
 */
export function redraw(element, data, make) {
  const is = JSON.stringify(data);
  if (drawn.get(element) === is) return;
  drawn.set(element, is);
  const had = element.contains(document.activeElement) ? document.activeElement : null;
  put(element, make());
  if (had?.id) document.getElementById(had.id)?.focus();
  else if (had?.href) [...element.querySelectorAll("a")].find((link) => link.href === had.href)?.focus();
}
