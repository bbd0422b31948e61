// One job: where it stands, how it learns, what the doctor says and what came of it, as it goes on.

import { keepAges } from "../parts/ages.js";
import { put } from "../parts/dom.js";
import { JobFeed } from "../parts/job_feed.js";
import { FINAL, jobName } from "../parts/job_words.js";
import { styles } from "../parts/styles.js";
import { Curves } from "./job/curves.js";
import { Findings } from "./job/findings.js";
import { Head } from "./job/head.js";
import { Result } from "./job/result.js";
import { Spec } from "./job/spec.js";
import { Timeline } from "./job/timeline.js";
import { VitalSigns } from "./job/vital_signs.js";

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, params, query, signal, title }) {
  title("Job");
  await Promise.all([styles("parts/chart.css"), styles("views/job.css")]);
  const drawn = new Set();
  const feed = new JobFeed(params.id, {
    signal,
    onjob: (job) => { for (const part of drawn) part.draw?.(job); title(titleOf(job)); },
    onrows: () => { for (const part of drawn) part.grown?.(); },
    onhappened: (happened) => timeline.draw(happened),
    onlink: (up) => head.link(up),
  });
  const over = (query.get("over") ?? "").split(",").filter(Boolean);
  const head = new Head(feed);
  const timeline = new Timeline();
  const [curves, findings, signs] = [new Curves({ feed, over, signal }), new Findings(feed), new VitalSigns({ feed, signal })];
  const [result, spec] = [new Result({ signal }), new Spec()];
  for (const part of [head, curves, findings, signs, result, spec]) drawn.add(part);
  await feed.begin();
  curves.grown();
  keepAges(head.element, signal);
  put(root, head.element, result.element, curves.element, findings.element, signs.element, spec.element, timeline.element);
}

/** What the tab of the browser says: how far it is, while nobody looks at it. */
function titleOf(job) {
  const far = job.progress?.percent;
  return FINAL.has(job.state) || far === null || far === undefined ? `${jobName(job)} ${job.state}` : `${Math.floor(far)} % ${jobName(job)}`;
}
