// One job of the list.

import { h } from "../../parts/dom.js";
import { redraw } from "../../parts/redraw.js";
import { jobName, standing } from "../../parts/job_words.js";
import { ago, badge, duration } from "../../parts/words.js";

/**
 * Fill a row.
 * @param {HTMLElement} row
 * @param {object} job what `JobPages` keeps of it
 * @param {{has: (id: string) => boolean, set: (id: string, on: boolean) => void}} picked those that
 *   are to be compared
 */
export function drawRow(row, job, picked) {
  row.className = `job-row ${job.state}`;
  redraw(row, [job, picked.has(job.id)], () => [
    h("input", {
      type: "checkbox", id: `pick-${job.id}`, checked: picked.has(job.id),
      "aria-label": `Compare ${jobName(job)}`, onchange: (event) => picked.set(job.id, event.target.checked),
    }),
    h("div", { class: "job-what" },
      h("a", { id: `open-${job.id}`, href: `#/jobs/${job.id}` }, jobName(job)), badge(job.state),
      job.findings > 0 && h("span", { class: "small soft" }, job.findings === 1 ? "1 finding" : `${job.findings} findings`),
      job.tags.map((tag) => h("span", { class: "tag" }, tag))),
    h("div", { class: "job-standing" }, standing(job), bar(job)),
    h("div", { class: "job-when small soft" }, ago(job.created_at), took(job)),
  ]);
}

const bar = ({ state, progress }) => (state === "running" || state === "paused") && progress?.percent != null
  && h("progress", { max: 100, value: progress.percent, "aria-label": "How far it is" });

function took({ started_at: from, finished_at: to }) {
  return from && to && h("span", {}, ` · took ${duration((new Date(to) - new Date(from)) / 1000)}`);
}
