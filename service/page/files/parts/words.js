// How numbers, times and problems are said.

import { h } from "./dom.js";

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1,234,567 bytes as `1.2 MB`. */
export function bytes(count) {
  let unit = 0;
  for (; count >= 1000 && unit < UNITS.length - 1; unit++) count /= 1000;
  return `${unit && count < 100 ? count.toFixed(1) : Math.round(count)} ${UNITS[unit]}`;
}

/** 3725 seconds as `1 h 2 min`; null as a dash. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** `12 s ago`, with the whole time to read beside it. */
export function ago(time) {
  if (!time) return h("span", {}, "–");
  const seconds = Math.max(0, (Date.now() - new Date(time)) / 1000);
  const said = seconds < 86_400 ? `${duration(Math.round(seconds)).replace(".0", "")} ago` : new Date(time).toLocaleDateString();
  return h("time", { datetime: time, title: new Date(time).toLocaleString() }, said);
}

/** 0.98765 as `98.8 %`. */
export const percent = (share, digits = 1) =>
  share === null || share === undefined ? "–" : `${(100 * share).toFixed(digits)} %`;

/** A number as few digits as tell it. */
export function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6
    ? String(Number(value.toPrecision(digits))) : value.toExponential(digits - 1);
}

/** A state as a coloured word. */
export const badge = (state) => h("span", { class: `badge ${state}` }, state);

/** A failure: what was expected, what came, what to do; each place of it in a line. */
export function problemCard(error, again = null) {
  const places = (error.errors ?? []).filter((one) => one.pointer);
  return h("section", { class: "card problem", role: "alert" },
    h("h2", {}, error.code ? error.code.replaceAll("_", " ") : "That went wrong"),
    h("p", {}, error.message),
    places.length > 0 && h("ul", {}, places.map((one) => h("li", {}, h("code", {}, one.pointer), ` ${one.detail}`))),
    again && h("button", { onclick: again }, "Try again"));
}
