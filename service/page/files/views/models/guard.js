// What the guard says of a version that is to go live, with its numbers.

import { h } from "../../parts/dom.js";
import { number } from "../../parts/words.js";

/**
 * @param {{allowed: boolean, reasons: string[], comparisons: object[], not_compared: string[]}} guard
 * @returns {Node[]}
 */
export function guardWords(guard) {
  return [
    guard.allowed && guard.comparisons.length > 0 && h("p", {}, "The guard let it go live: it is not worse."),
    guard.reasons.map((reason) => h("p", {}, reason)),
    guard.comparisons.map(comparison),
    guard.not_compared.map((why) => h("p", { class: "soft" }, `Not compared: ${why}`)),
  ].flat();
}

function comparison(found) {
  const { on, rows, champion_right: champion, candidate_right: candidate, p } = found;
  const caption = h("caption", {}, `On ${number(rows)} test rows of `, h("a", { href: `#/datasets/${on}` }, "this dataset"));
  return h("div", {}, h("table", { class: "guard" }, caption,
    h("thead", {}, h("tr", {}, ["", "right", "right alone"].map((word, i) =>
      (word ? h("th", { scope: "col", class: i ? "num" : null }, word) : h("td", {}))))),
    h("tbody", {}, line("champion until now", champion, rows, found.only_champion), line("this version", candidate, rows, found.only_candidate))),
  h("p", { class: "small soft" }, p < 0.05
    ? `Chance alone makes two models differ so much with p = ${number(p, 2)}: this is no chance.`
    : `Chance alone makes two models differ so much with p = ${number(p, 2)}: that may be chance.`));
}

function line(who, right, rows, alone) {
  return h("tr", {}, h("th", { scope: "row" }, who),
    h("td", { class: "num" }, `${number(right)} of ${number(rows)} `,
      h("meter", { min: 0, max: rows, value: right, "aria-label": `${who}: ${right} of ${rows} right` })),
    h("td", { class: "num" }, number(alone)));
}
