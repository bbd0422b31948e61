// How compared models answered the same rows, and whether that may be chance.

import { h } from "../../parts/dom.js";
import { number, percent } from "../../parts/words.js";
import { letter } from "./letters.js";

const TESTS = { mcnemar: "McNemar's exact test", cochran: "Cochran's Q" };

export function sameRows({ jobs, same_rows: found }) {
  if (!found) return h("p", { class: "soft" }, "The models were not asked about the same test rows, so only their own scores can be compared.");
  const called = new Map(jobs.map(({ id }, at) => [id, letter(at)]));
  return h("section", { class: "card" }, h("h2", {}, "On the same rows"),
    h("p", {}, `Of the same ${number(found.rows)} rows, ${found.jobs.map((id, at) => `${called.get(id)} answers ${number(found.right[at])} right`).join(", ")}. `,
      `By chance alone, models that are equally good would differ by so much with p = ${number(found.p, 2)} (${TESTS[found.test]}).`),
    h("div", { class: "scroll" }, h("table", {},
      h("thead", {}, h("tr", {}, ["Pair", "Only the first is right", "Only the second", "Difference, 95 %", "p, for all pairs"].map((name, at) => h("th", { scope: "col", class: at ? "num" : "" }, name)))),
      h("tbody", {}, found.pairs.map((pair) => row(pair, called))))));
}

function row({ first, second, only_first: one, only_second: other, interval: [low, high], corrected_p: p }, called) {
  return h("tr", {}, h("th", { scope: "row" }, `${called.get(first)} and ${called.get(second)}`),
    [number(one), number(other), `${percent(low)} to ${percent(high)}`, number(p, 2)].map((words) => h("td", { class: "num" }, words)));
}
