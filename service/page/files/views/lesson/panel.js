// One part of a step: what it is, its formula, the arrays that it is made of, and what came of it.

import { h } from "../../parts/dom.js";
import { math, mathName } from "../../parts/math.js";
import { number } from "../../parts/words.js";
import { grid, short } from "./matrix.js";
import { CACHE, CHECK, UPDATE, wordsOf } from "./words.js";

/**
 * @param {object} part one of `partsOf`
 * @param {{arrays: Map<string, object>, go: (name: string) => void}} lesson
 * @returns {Node[]}
 */
export const panel = (part, lesson) => ({ array, update, cache, check })[part.kind](part, lesson);

function array({ array: is }, { arrays, go }) {
  const used = is.uses.map((name) => arrays.get(name)).filter(Boolean);
  return [
    h("p", {}, wordsOf(is)),
    is.formula && formula(is.formula, arrays),
    h("div", { class: "arrays" }, used.map((one) => grid(one, { go, title: is.arrived.includes(one.name) ? "arrived" : null })),
      used.length > 0 && h("span", { class: "becomes", "aria-hidden": "true" }, "→"),
      grid(is, { title: used.length > 0 ? "becomes" : null })),
    h("dl", { class: "facts" },
      fact("Came from the layer behind", is.arrived, go),
      fact("Taken from the way there", is.part === "backward" ? is.uses.filter((one) => !is.arrived.includes(one)) : [], go),
      fact("Goes into", is.used_by, go),
      is.kept && [h("dt", {}, "Kept"), h("dd", {}, "for the way back, in the cache")],
      is.multiplications > 0 && [h("dt", {}, "Multiplications"), h("dd", {}, number(is.multiplications))]),
  ];
}

const formula = (text, arrays) =>
  h("div", { class: "formula", tabindex: 0, role: "group", "aria-label": "Formula" }, math(text, arrays.keys()));

function fact(words, names, go) {
  return names.length > 0 && [h("dt", {}, words), h("dd", { class: "row" }, names.map((name) =>
    h("button", { class: "chip", data: { name }, "aria-label": `Go to ${name}`, onclick: () => go(name) }, mathName(name))))];
}

function update({ update: is, learningRate }, { arrays, go }) {
  const derivative = arrays.get(`d${is.name}`);
  const sides = { name: is.name, shape: is.shape };
  return [
    h("p", {}, UPDATE), formula(is.formula, arrays),
    h("p", {}, `α, the learning rate, is ${number(learningRate)}.`),
    h("div", { class: "arrays" }, grid({ ...sides, numbers: is.before }, { title: "before" }),
      derivative && grid(derivative, { go, title: "its derivative" }), h("span", { class: "becomes", "aria-hidden": "true" }, "→"),
      grid({ ...sides, numbers: is.after }, { title: "after" })),
  ];
}

function cache({ cache: { kept, numbers, forward, backward, backward_without: without } }, { go }) {
  const most = Math.max(forward, backward, without, 1);
  const bar = (words, count) => h("li", {}, h("span", {}, words), h("span", { class: "bar-of", "aria-hidden": "true" },
    h("span", { class: "bar-is", style: { width: `${100 * count / most}%` } })), h("span", { class: "bar-share" }, number(count)));
  return [h("p", {}, CACHE), h("dl", { class: "facts" }, fact(`Kept, ${number(numbers)} numbers`, kept, go)),
    h("h3", {}, "Multiplications"),
    h("ul", { class: "bars" }, bar("the way there", forward), bar("the way back", backward),
      bar("back, with nothing kept", without))];
}

function check({ check: { derivatives, difference, largest }, before, after }) {
  if (!derivatives) return [h("p", {}, CHECK), h("p", {}, "No derivative could be compared: a unit bends between the two points.")];
  return [h("p", {}, CHECK),
    h("p", {}, `Of ${number(derivatives)} derivatives none is further from that than `, h("strong", {}, short(difference)),
      `, and the largest is ${short(largest)}. `, difference < 1e-3 * largest ? "They are right."
        : "They differ more than they should."),
    h("p", {}, "The cost of these rows was ", h("strong", {}, number(before)), " before the step and is ",
      h("strong", {}, number(after)), " after it.",
      after > before && " It has risen: the step was too long. Try a smaller learning rate.")];
}
