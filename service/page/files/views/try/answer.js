// What a model says of one picture or row: in words, then each class with its probability.

import { h } from "../../parts/dom.js";
import { percent } from "../../parts/words.js";

const SHOWN = 5;

/**
 * @param {object} prediction as the API has it
 * @returns {Node[]}
 */
export function answerWords(prediction) {
  const { label, decision, reason, confidence, probability } = prediction;
  const sure = confidence ?? probability;
  return [
    h("p", { class: "verdict" }, decision === "unsure"
      ? [h("strong", {}, "Unsure"), `, if anything ${label}`]
      : [`${howSure(sure)} `, h("strong", {}, label)]),
    reason && h("p", { class: "reason" }, reason.code === "far_from_training"
      ? "This is like nothing that it was trained on. " : "It is not sure enough to decide. ",
    h("span", { class: "small soft" }, reason.detail)),
    bars(prediction.probabilities, label),
    confidence !== null && h("p", { class: "small soft" },
      `Of answers as sure as this one, about ${percent(confidence)} are right.`),
  ];
}

function howSure(share) {
  return share >= 0.99 ? "Almost certainly" : share >= 0.8 ? "Probably" : share >= 0.6 ? "Perhaps" : "Hardly more than a guess:";
}

function bars(probabilities, label) {
  const sorted = Object.entries(probabilities).sort(([, one], [, other]) => other - one);
  const rest = sorted.length - SHOWN;
  return [h("ul", { class: "bars" }, sorted.slice(0, SHOWN).map(([name, share]) =>
    h("li", {}, h("span", {}, name), h("span", { class: "bar-of", "aria-hidden": "true" },
      h("span", { class: name === label ? "bar-is" : "bar-is other", style: { width: `${100 * share}%` } })),
    h("span", { class: "bar-share" }, percent(share))))),
  rest > 0 && h("p", { class: "small soft" }, `and ${rest} less probable`)];
}

/** What every answer has beside its predictions: warnings, and why it can never be unsure. */
export function about({ warnings, unsure, threshold, version, alias }) {
  return [
    warnings.map((one) => h("p", { class: "finding" }, one.message)),
    h("p", { class: "small soft" }, `Version ${version} answered${alias ? `, the ${alias}` : ""}.`,
      threshold !== null && ` From a probability of ${threshold} on it is the second class.`,
      !unsure.enabled && unsure.detail && [" It is never unsure: ", unsure.detail]),
  ];
}
