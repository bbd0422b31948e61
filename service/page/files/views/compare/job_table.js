// Compared jobs, a line for each.

import { h } from "../../parts/dom.js";
import { shortId } from "../../parts/job_words.js";
import { badge, duration, number, percent } from "../../parts/words.js";
import { letter } from "./letters.js";

const HEADS = ["Job", "State", "Epochs", "Trained for", "Training", "Validation", "Test"];

export const jobTable = ({ jobs }) => h("div", { class: "scroll" }, h("table", {},
  h("thead", {}, h("tr", {}, HEADS.map((name, at) => h("th", { scope: "col", class: at > 1 ? "num" : "" }, name)))),
  h("tbody", {}, jobs.map((job, at) => h("tr", {},
    h("th", { scope: "row" }, h("span", { class: `letter ink-${at % 6}` }, letter(at)), " ", h("a", { href: `#/jobs/${job.id}` }, job.version ? `${job.model} v${job.version}` : `${job.model} ${shortId(job.id)}`)),
    h("td", {}, badge(job.state)), h("td", { class: "num" }, number(job.epochs)), h("td", { class: "num" }, duration(job.seconds)),
    [job.train, job.validation, job.test].map((scores) => h("td", { class: "num" }, right(scores))))))));

function right(scores) {
  if (!scores) return "–";
  const [low, high] = scores.accuracy_interval;
  return [percent(scores.accuracy), h("br"), h("span", { class: "soft small" }, `${percent(low)} to ${percent(high)}`)];
}
