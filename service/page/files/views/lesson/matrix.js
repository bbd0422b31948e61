// Arrays as small coloured grids with their numbers.

import { h } from "../../parts/dom.js";
import { mathName } from "../../parts/math.js";

const MATRICES = 4; // of an array with more than two sides
const STRONGEST = 38; // per cent of the colour, so that numbers are read on it

/**
 * An array, its name and its sides above.
 * @param {{name: string, shape: number[], numbers: any}} array `numbers` are the first along each side
 * @param {{title?: string|null, go?: (name: string) => void}} how
 */
export function grid({ name, shape, numbers }, { title = null, go = null } = {}) {
  const shown = sides(numbers);
  const found = matrices(name, shown, numbers);
  const most = Math.max(...numbers === null ? [0] : [numbers].flat(Infinity).map((one) => Math.abs(one ?? 0)));
  const whole = shown.every((side, i) => side === shape[i]);
  return h("figure", { class: "array", data: { name } },
    h("figcaption", {}, title && `${title} `,
      go ? h("button", { class: "quiet", "aria-label": `Go to ${name}`, onclick: () => go(name) }, mathName(name)) : mathName(name),
      h("span", { class: "small soft" },
        ` ${shape.length ? shape.map((side) => side.toLocaleString("en")).join(" × ") : "a number"}`,
        !whole && `, the first ${shown.join(" × ")}`)),
    found.slice(0, MATRICES).map(([place, rows]) => table(place, rows, most, name)),
    found.length > MATRICES && h("p", { class: "small soft" }, `and ${found.length - MATRICES} more like these`));
}

function table(place, rows, most, name) {
  return h("table", { class: "matrix", "aria-label": `Numbers of ${name} ${place}` },
    place && h("caption", { class: "small" }, place),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((value) => h("td", { style: coloured(value, most) }, short(value)))))));
}

function coloured(value, most) {
  if (!value || !most) return {};
  const share = Math.round(STRONGEST * Math.sqrt(Math.abs(value) / most));
  return { background: `color-mix(in srgb, var(${value > 0 ? "--accent" : "--cool"}) ${share}%, var(--raised))` };
}

/** A number in a few letters; null, which JSON has for what is none, as a dash. */
export function short(value) {
  if (value === null) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.001 || size >= 10_000) return value.toExponential(1).replace("-", "−").replace("e−", "e-");
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

function sides(numbers) {
  const found = [];
  for (; Array.isArray(numbers); numbers = numbers[0]) found.push(numbers.length);
  return found;
}

// Of pictures each row and channel, of kernels each channel and filter.
function matrices(name, shown, numbers) {
  if (shown.length === 0) return [["", [[numbers]]]];
  if (shown.length === 1) return [["", [numbers]]];
  if (shown.length === 2) return [["", numbers]];
  if (name.replace(/^d/, "").startsWith("W")) return kernels(shown, numbers);
  const found = [];
  for (let row = 0; row < shown[0]; row++) {
    for (let channel = 0; channel < shown[3]; channel++) {
      found.push([`row ${row}, channel ${channel}`, numbers[row].map((line) => line.map((place) => place[channel]))]);
    }
  }
  return found;
}

function kernels([, , channels, filters], numbers) {
  const found = [];
  for (let channel = 0; channel < channels; channel++) {
    for (let filter = 0; filter < (filters ?? 1); filter++) {
      const at = (place) => (filters === undefined ? place[channel] : place[channel][filter]);
      found.push([filters === undefined ? `channel ${channel}` : `channel ${channel}, filter ${filter}`,
        numbers.map((line) => line.map(at))]);
    }
  }
  return found;
}
