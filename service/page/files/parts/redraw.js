// Drawing again what is looked at: only where something is new, and with the focus where it was.

import { put } from "./dom.js";

/**
 * What calls `draw` with a value when something of it is new, and else leaves things as they are.
 * @param {(value: any) => any} partOf what of it is drawn, as JSON
 * @param {(value: any) => void} draw
 */
export function whenNew(partOf, draw) {
  let drawn = null;
  return (value) => {
    const now = JSON.stringify(partOf(value) ?? null);
    if (now === drawn) return;
    drawn = now;
    draw(value);
  };
}

/**
 * `put`, after which the element with the id that had the focus has it again. If that one is gone,
 * what was drawn has the focus, so that the next Tab goes on from there.
 */
export function redraw(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  put(element, ...children);
  if (focused === null || focused === element) return;
  const again = focused.id && document.getElementById(focused.id);
  if (!again) element.tabIndex = -1;
  (again || element).focus({ preventScroll: true });
}
