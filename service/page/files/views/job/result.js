// What was measured of the model that a job made.

import { Problem, ask } from "../../parts/api.js";
import { h } from "../../parts/dom.js";
import { bestMeasured } from "../../parts/job_words.js";
import { redraw } from "../../parts/redraw.js";
import { number, percent } from "../../parts/words.js";
import { Confusion } from "./confusion.js";

const NAMES = { train: "learned from", validation: "to validate", test: "to test" };

export class Result {
  /** @param {{signal: AbortSignal}} how */
  constructor({ signal }) {
    this.signal = signal;
    this.element = h("section", { class: "card", hidden: true });
  }

  draw(job) {
    this.element.hidden = !job.result;
    redraw(this.element, [job.result, job.model], () => this.#parts(job));
  }

  #parts(job) {
    const { result } = job;
    if (!result) return [];
    if (result.verification) return verification(result.verification);
    if (!bestMeasured(result)) return [h("h2", {}, "What came of it"), h("p", {}, "Nothing was measured.")];
    const confusion = h("div");
    this.#confusion(job, confusion);
    const splits = Object.keys(NAMES).filter((split) => result[split]);
    return [h("h2", {}, "What came of it"), sentence(result), unsureWords(result), h("div", { class: "scroll" }, table(result, splits)),
      crossWords(result.cross_validation), promotionWords(job.promotion), confusion];
  }

  /** The matrix, with the names of classes; those of many classes are asked for. */
  async #confusion(job, place) {
    if (!job.model) return;
    const { name, version } = job.model;
    const missing = (error) => { if (error instanceof Problem) return null; throw error; };
    const [about, scores] = await Promise.all([
      ask(`v1/models/${name}/versions/${version}`, { signal: this.signal }).catch(missing),
      bestMeasured(job.result)[1].confusion ? job.result : ask(`v1/jobs/${job.id}/evaluation`, { signal: this.signal }).catch(missing)]);
    const found = bestMeasured(scores);
    if (!found?.[1].confusion) return;
    const classes = about?.classes ?? Object.keys(found[1].per_class ?? {});
    const pictures = about?.preprocessing?.kind === "picture";
    const confusion = new Confusion({ job, scores, classes, pictures, there: about !== null, signal: this.signal });
    place.append(confusion.element);
  }
}

function sentence(result) {
  const [split, { rows, accuracy, accuracy_interval: [low, high], majority_baseline: guess }] = bestMeasured(result);
  const seen = split === "train" ? " These are the rows that it learned from, so others will be answered worse." : "";
  return h("div", { class: "outcome" },
    h("p", { class: "figure" }, percent(accuracy)),
    h("p", {}, `right on the ${rows.toLocaleString("en")} rows ${NAMES[split] === "learned from" ? "it learned from" : NAMES[split]}. `,
      `On others like these it would be ${percent(low)} to ${percent(high)}, with 95 % confidence; to say the most frequent class always is ${percent(guess)}.${seen}`));
}

function unsureWords(result) {
  const unsure = bestMeasured(result)[1].unsure;
  if (!unsure) return null;
  const wrong = `and is wrong on ${percent(unsure.error)}`;
  if (unsure.coverage === 1) return h("p", {}, `It is sure of all of them ${wrong}.`);
  return h("p", {}, `It is sure of ${percent(unsure.coverage)} of them ${wrong} of these; of the others it says that it is unsure.`);
}

function table(result, splits) {
  const columns = [
    ["Rows", ({ rows }) => rows.toLocaleString("en")],
    ["Right", ({ accuracy }) => percent(accuracy)],
    ["95 % interval", ({ accuracy_interval: [low, high], accuracy }) => [interval(low, accuracy, high), `${percent(low)} to ${percent(high)}`]],
    ["Cost", ({ loss }) => number(loss)],
    ["AUC", ({ auc, auc_interval: within }) => (auc === null ? "–" : [number(auc, 3), within && h("span", { class: "soft small" }, ` ${number(within[0], 3)} to ${number(within[1], 3)}`)])],
    ["Calibration error", ({ calibration_error: error }) => number(error, 3)],
  ];
  return h("table", {}, h("caption", { class: "hidden-text" }, "What was measured on each split"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Rows that were"), columns.map(([name]) => h("th", { scope: "col", class: "num" }, name)))),
    h("tbody", {}, splits.map((split) => h("tr", {}, h("th", { scope: "row" }, NAMES[split]), columns.map(([, said]) => h("td", { class: "num" }, said(result[split])))))));
}

/** An interval within 0 to 1, drawn. */
function interval(low, middle, high) {
  return h("span", { class: "interval", "aria-hidden": "true" },
    h("span", { class: "interval-range", style: { left: `${100 * low}%`, width: `${100 * (high - low)}%` } }),
    h("span", { class: "interval-middle", style: { left: `${100 * middle}%` } }));
}

function crossWords(folds) {
  if (!folds) return null;
  const [low, high] = folds.accuracy_interval;
  return h("p", {}, `By ${folds.folds} folds, in which each row is asked about by a network that has not learned from it, ${percent(folds.accuracy)} are right (${percent(low)} to ${percent(high)}).`);
}

function promotionWords(promotion) {
  if (!promotion) return null;
  const why = promotion.reasons?.map((reason) => reason.message ?? reason).filter((word) => typeof word === "string") ?? [];
  return h("p", {}, promotion.promoted ? "This version answers now, as the champion." : "This version did not become the champion. ", !promotion.promoted && why.join(" "));
}

const verification = ({ outcome, message, environment }) => [
  h("h2", {}, outcome === "identical" ? "The same, byte for byte" : "It came out otherwise"), h("p", {}, message),
  environment.length > 0 && h("ul", {}, environment.map(({ what, then, now }) => h("li", {}, h("code", {}, what), ` was ${then}, is ${now}`)))];
