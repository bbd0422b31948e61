// What a job is, where it stands, and what can be asked of it.

import { ask } from "../../parts/api.js";
import { askFirst } from "../../parts/ask_first.js";
import { h, put, say } from "../../parts/dom.js";
import { FINAL, jobName, shortId, standing } from "../../parts/job_words.js";
import { redraw, whenNew } from "../../parts/redraw.js";
import { ago, badge, duration, problemCard } from "../../parts/words.js";

const VERBS = {
  pause: { name: "Pause", done: "It pauses; its worker is free for others." },
  resume: { name: "Resume", done: "It goes on as soon as a worker is free." },
  stop: {
    name: "Finish early", done: "It finishes with what it has learned so far.",
    first: { title: "Finish early?", text: "It learns no more, and what it has learned so far becomes a model.", yes: "Finish early", no: "Go on learning" },
  },
  cancel: {
    name: "Cancel", danger: true, done: "It is cancelled.",
    first: { title: "Cancel this job?", text: "It ends, and nothing of what it has learned is kept.", yes: "Cancel the job", no: "Let it go on" },
  },
};

/** @param {import("../../parts/job_feed.js").JobFeed} feed */
export class Head {
  constructor(feed) {
    this.feed = feed;
    this.name = h("div", { class: "row" });
    this.about = h("p", { class: "soft small" });
    this.said = h("p", { class: "standing" });
    this.bar = h("progress", { max: 100, value: 0, "aria-label": "How far it is" });
    this.verbs = h("div", { class: "row" });
    this.trouble = h("div");
    this.cut = h("p", { class: "cut", role: "status", hidden: true });
    this.element = h("header", { class: "job-head" }, this.name, this.about, this.cut, this.said, this.bar, this.verbs, this.trouble);
    this.drawName = whenNew(({ state, model, requested }) => [state, model, requested], (job) => this.#name(job));
    this.drawAbout = whenNew(({ spec, parent, sweep, started_at, finished_at }) => [spec.dataset, parent, sweep, started_at, finished_at], (job) => this.#about(job));
    this.drawVerbs = whenNew(({ state, requested, spec }) => [state, requested, spec.verifies], (job) => this.#verbs(job));
  }

  draw(job) {
    this.drawName(job);
    this.drawAbout(job);
    this.drawVerbs(job);
    put(this.said, sentence(job));
    const far = job.state === "running" || job.state === "paused" ? job.progress?.percent ?? null : null;
    this.bar.hidden = far === null;
    if (far !== null) this.bar.value = far;
  }

  /** Whether the service can be heard. */
  link(up) {
    if (up === this.cut.hidden) return;
    this.cut.hidden = up;
    put(this.cut, up ? "" : `The line to the service is cut. This is what was known at ${new Date().toLocaleTimeString()}; it goes on by itself.`);
    if (up) say("The line to the service is there again.");
  }

  #name(job) {
    redraw(this.name, h("h1", {}, jobName(job)), badge(job.state), job.requested && h("span", { class: "soft" }, `asked to ${VERBS[job.requested].name.toLowerCase()}`),
      job.model && h("span", { class: "row end" },
        h("a", { class: "button", href: `#/models/${job.model.name}` }, "Its model"),
        h("a", { class: "button primary", href: `#/try?model=${job.model.name}&version=${job.model.version}` }, "Try it")));
  }

  #about({ id, spec, parent, sweep, created_at: made, started_at: from, finished_at: to }) {
    redraw(this.about, h("code", {}, id), " · made ", ago(made), from && to && ` · took ${duration((new Date(to) - new Date(from)) / 1000)}`,
      " · learns from ", h("a", { id: "of-dataset", href: `#/datasets/${spec.dataset}` }, `dataset ${shortId(spec.dataset)}`),
      parent && [" · after ", h("a", { id: "of-parent", href: `#/jobs/${parent}` }, `job ${shortId(parent)}`)],
      sweep && [" · part of ", h("a", { id: "of-sweep", href: `#/jobs?sweep=${sweep.id}` }, `sweep ${shortId(sweep.id)}`)]);
  }

  #verbs(job) {
    redraw(this.verbs, verbsOf(job).map((verb) => h("button", {
      id: `verb-${verb}`, class: VERBS[verb].danger ? "danger" : "", onclick: () => this.#ask(verb),
    }, VERBS[verb].name)));
    this.verbs.hidden = !this.verbs.children.length;
  }

  async #ask(verb) {
    const { first, done } = VERBS[verb];
    if (first && !await askFirst(first)) return;
    put(this.trouble);
    try {
      this.feed.take(await ask(`v1/jobs/${this.feed.id}/${verb}`, { method: "POST" }));
      say(done);
    } catch (error) {
      put(this.trouble, problemCard(error));
    }
    this.feed.refresh();
  }
}

/** What can be asked of a job as it stands. */
function verbsOf({ state, requested, spec }) {
  if (FINAL.has(state) || requested === "cancel") return [];
  const stop = spec.verifies ? [] : ["stop"]; // what compares a version has nothing to keep
  if (state === "queued") return ["pause", "cancel"];
  if (state === "paused") return ["resume", ...stop, "cancel"];
  if (requested === "stop") return ["cancel"];
  return requested === "pause" ? ["resume", ...stop, "cancel"] : ["pause", ...stop, "cancel"];
}

function sentence(job) {
  const words = standing(job);
  if (job.state === "queued") return `It waits: ${words}.`;
  if (job.state === "running") return job.progress && !job.requested ? `It learns: ${words}.` : `It ${words}.`;
  if (job.state === "paused") return `It rests ${words}, and goes on from there when it is resumed.`;
  if (job.state === "failed") return `It failed. ${words}`;
  if (job.state === "cancelled") return words || "It was cancelled.";
  return [words && h("strong", {}, `${words}. `), job.ended_because];
}
