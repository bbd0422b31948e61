// Whoever goes by keyboard stays where they were when a part of the page is drawn anew.

/**
 * Draw, and give the focus to what has the same `data-key` as what had it before.
 * @param {HTMLElement} root of what is drawn
 * @param {() => void} draw
 */
export function keepingFocus(root, draw) {
  const key = document.activeElement?.closest?.("[data-key]")?.dataset.key;
  draw();
  if (key === undefined || root.contains(document.activeElement)) return;
  [...root.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key)?.focus({ preventScroll: true });
}
