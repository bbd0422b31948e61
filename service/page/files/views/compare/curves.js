// The curves of compared jobs over one another.

import { Chart } from "../../parts/chart.js";
import { Column } from "../../parts/column.js";
import { h } from "../../parts/dom.js";
import { go } from "../../parts/router.js";
import { number, percent } from "../../parts/words.js";
import { letter } from "./letters.js";

const AXES = { epoch: "by epoch", step: "by step", seconds: "by seconds of training" };
const INKS = 6;

/**
 * Both charts, and what they go by.
 * @returns {{element: HTMLElement, draw: (found: object) => void}}
 */
export function comparedCurves(found, by, jobs, signal) {
  const cost = new Chart({ title: "Cost", unit: by, signal });
  const accuracy = new Chart({ title: "Right answers", unit: by, said: percent, marked: (share) => percent(share, 0), most: 1, signal });
  const log = h("input", { type: "checkbox", id: "log", onchange: () => cost.setLog(log.checked) });
  const axis = h("select", { id: "by", onchange: () => go(`/compare?jobs=${jobs.join(",")}&by=${axis.value}`, { replace: true }) },
    Object.entries(AXES).map(([name, words]) => h("option", { value: name, selected: name === by }, words)));
  const parting = h("p", { class: "soft small" });
  const element = h("section", { class: "card" },
    h("div", { class: "row" }, h("h2", {}, "How they learned"), h("span", { class: "row end" }, h("label", { class: "row", for: "log" }, log, " Logarithm"), h("label", { class: "row", for: "by" }, h("span", { class: "hidden-text" }, "Curves go"), axis))),
    parting, h("div", { class: "two" }, cost.element, accuracy.element));
  return { element, draw };

  function draw({ curves }) {
    parting.textContent = curves.parting === null ? "Their costs end close together." : `Their costs are apart from ${by} ${number(curves.parting)} on.`;
    cost.show(linesOf(curves, "loss"));
    accuracy.show(linesOf(curves, "accuracy"));
  }
}

/** A line for each job, and a dashed one for its rows to validate where it has some. */
function linesOf({ at, jobs }, measure) {
  return jobs.flatMap((curves, place) => [measure, `validation_${measure}`].map((name, which) => {
    const [x, y] = columnsOf(at, curves[name]);
    const words = which ? `${letter(place)} validation` : letter(place);
    return x.length ? { name: words, x, y, ink: place % INKS, dashed: which === 1 } : null;
  })).filter(Boolean);
}

/** The places at which a job has a value: before its first and behind its last there is none. */
function columnsOf(at, values) {
  const [x, y] = [new Column(), new Column()];
  values.forEach((value, place) => {
    if (value === null) return;
    x.push(at[place]);
    y.push(value);
  });
  return [x, y];
}
