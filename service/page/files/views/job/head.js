// What a job is, where it stands, and what can be asked of it.

import { ask } from "../../parts/api.js";
import { asked } from "../../parts/dialog.js";
import { h, put, say } from "../../parts/dom.js";
import { FINAL, jobName, shortId, standing } from "../../parts/job_words.js";
import { redraw } from "../../parts/redraw.js";
import { ago, badge, duration, problemCard } from "../../parts/words.js";

const VERBS = {
  pause: { name: "Pause", done: "It pauses; its worker is free for others." },
  resume: { name: "Resume", done: "It goes on as soon as a worker is free." },
  stop: {
    name: "Finish early", done: "It finishes with what it has learned so far.",
    first: { title: "Finish early?", text: "It learns no more, and what it has learned so far becomes a model." },
  },
  cancel: {
    name: "Cancel", danger: true, done: "It is cancelled.",
    first: { title: "Cancel this job?", text: "It ends, and nothing of what it has learned is kept.", verb: "Cancel the job" },
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
    this.element = h("header", { class: "job-head", tabindex: "-1" }, this.name, this.about, this.cut, this.said, this.bar, this.verbs, this.trouble);
  }

  draw(job) {
    this.#name(job);
    this.#about(job);
    this.#verbs(job);
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
    const { state, model, requested } = job;
    redraw(this.name, [state, model, requested], () => [
      h("h1", {}, jobName(job)), badge(state), requested && h("span", { class: "soft" }, `asked to ${VERBS[requested].name.toLowerCase()}`),
      model && h("span", { class: "row end" },
        h("a", { class: "button", href: `#/models/${model.name}` }, "Its model"),
        h("a", { class: "button primary", href: `#/try?model=${model.name}&version=${model.version}` }, "Try it"))]);
  }

  #about({ id, spec, parent, sweep, notes, tags, created_at: made, started_at: from, finished_at: to }) {
    redraw(this.about, [parent, sweep, from, to, notes, tags], () => [
      h("code", {}, id), " · made ", ago(made), from && to && ` · took ${duration((new Date(to) - new Date(from)) / 1000)}`,
      " · learns from ", h("a", { href: `#/datasets/${spec.dataset}` }, `dataset ${shortId(spec.dataset)}`),
      parent && [" · after ", h("a", { href: `#/jobs/${parent}` }, `job ${shortId(parent)}`)],
      sweep && [" · part of ", h("a", { href: `#/jobs?sweep=${sweep.id}` }, `sweep ${shortId(sweep.id)}`)],
      tags.length > 0 && ` · tagged ${tags.join(", ")}`, notes && h("span", { class: "notes" }, notes)]);
  }

  #verbs(job) {
    const verbs = verbsOf(job);
    const had = this.verbs.contains(document.activeElement);
    redraw(this.verbs, verbs, () => verbs.map((verb) => h("button", {
      id: `verb-${verb}`, class: VERBS[verb].danger ? "danger" : "", onclick: () => this.#ask(verb),
    }, VERBS[verb].name)));
    this.verbs.hidden = !verbs.length;
    // What was pressed may be gone; who goes by keyboard goes on from what stands there instead.
    if (had && !this.verbs.contains(document.activeElement)) (this.verbs.firstElementChild ?? this.element).focus();
  }

  async #ask(verb) {
    const { first, name, done, danger } = VERBS[verb];
    const act = async () => this.feed.take(await ask(`v1/jobs/${this.feed.id}/${verb}`, { method: "POST" }));
    put(this.trouble);
    try {
      const answer = first ? await asked({ title: first.title, body: [h("p", {}, first.text)], verb: first.verb ?? name, danger, act }) : await act();
      if (answer) say(done);
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
