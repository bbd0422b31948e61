// The curves of a job, and of others that are laid over them.

import { ask } from "../../parts/api.js";
import { Chart } from "../../parts/chart.js";
import { h, put } from "../../parts/dom.js";
import { FINAL, jobName } from "../../parts/job_words.js";
import { every } from "../../parts/live.js";
import { redraw } from "../../parts/redraw.js";
import { Run } from "../../parts/run.js";
import { RunFeed } from "../../parts/run_feed.js";
import { percent, problemCard } from "../../parts/words.js";

const MOST = 5; // others, for which there are colours
const AGAIN_S = 3; // those that still learn are asked for again: a stream each would be too many

export class Curves {
  /** @param {{feed: import("../../parts/job_feed.js").JobFeed, over: string[], signal: AbortSignal}} how */
  constructor({ feed, over, signal }) {
    Object.assign(this, { feed, signal });
    this.others = []; // {job, run, rows}
    this.cost = new Chart({ title: "Cost", signal });
    this.accuracy = new Chart({ title: "Right answers", said: percent, marked: (share) => percent(share, 0), most: 1, signal });
    this.drawn = "";
    const log = h("input", { type: "checkbox", id: "log", onchange: () => this.cost.setLog(log.checked) });
    this.add = h("select", { id: "lay-over", onchange: () => this.#chosen(), onpointerenter: () => this.#offer() }, h("option", { value: "" }, "another job …"));
    this.chips = h("div", { class: "row" });
    this.trouble = h("div");
    this.element = h("section", { class: "card" },
      h("div", { class: "row" }, h("h2", {}, "How it learns"),
        h("span", { class: "row end" }, h("label", { class: "row", for: "log" }, log, " Logarithm"),
          h("label", { class: "row", for: "lay-over" }, "Lay over ", this.add))),
      this.chips, this.trouble, h("div", { class: "two" }, this.cost.element, this.accuracy.element));
    for (const id of over.slice(0, MOST)) this.#lay(id);
    every(AGAIN_S, () => this.#again(), signal);
  }

  /** The job may go by another name now. */
  draw() {
    this.grown();
    this.offered ??= this.#offer();
  }

  /** More epochs are there. */
  grown() {
    const runs = [this.feed, ...this.others].map(({ job, run }) => `${jobName(job)} ${this.#validated(run)}`);
    const shape = runs.join();
    if (shape !== this.drawn) {
      this.drawn = shape;
      this.cost.show(this.#lines("loss", "cost"));
      this.accuracy.show(this.#lines("accuracy", "right"));
    }
    this.cost.changed();
    this.accuracy.changed();
  }

  #validated(run) {
    return Number.isFinite(run.columns.validation_loss.range()[0]);
  }

  #lines(measure, word) {
    const runs = [{ run: this.feed.run, name: this.others.length ? jobName(this.feed.job) : "" }, ...this.others.map(({ run, job }) => ({ run, name: jobName(job) }))];
    return runs.flatMap(({ run, name }, ink) => [
      { name: `${name} ${this.#rowsWord(run, word)}`.trim(), x: run.at, y: run.columns[measure], ink, dashed: false },
      this.#validated(run) && { name: `${name} validation`.trim(), x: run.at, y: run.columns[`validation_${measure}`], ink, dashed: true },
    ].filter(Boolean));
  }

  #rowsWord(run, word) {
    return this.#validated(run) ? "training" : word;
  }

  /** Offer the newest jobs that are not drawn yet, those of the same dataset first. */
  async #offer() {
    const jobs = (await ask("v1/jobs", { query: { limit: 50 }, signal: this.signal }).catch(() => ({ data: [] }))).data;
    const drawn = new Set([this.feed.id, ...this.others.map(({ job }) => job.id)]);
    const same = (job) => job.spec.dataset === this.feed.job?.spec.dataset; // none yet, where this comes first
    const left = jobs.filter((job) => !drawn.has(job.id)).sort((one, other) => same(other) - same(one));
    put(this.add, h("option", { value: "" }, left.length ? "another job …" : "there are no others"),
      left.map((job) => h("option", { value: job.id }, `${jobName(job)} (${job.state})`)));
  }

  async #chosen() {
    const id = this.add.value;
    this.add.value = "";
    if (!id) return;
    await this.#lay(id);
    this.#address();
  }

  async #lay(id) {
    try {
      if (this.others.length >= MOST || this.others.some(({ job }) => job.id === id) || id === this.feed.id) return;
      const job = await ask(`v1/jobs/${id}`, { signal: this.signal });
      const run = new Run();
      const rows = new RunFeed(id, run, { signal: this.signal, onrows: () => this.grown() });
      this.others.push({ job, run, rows });
      this.#drawChips();
      await rows.pull();
      this.grown();
    } catch (error) {
      if (error.name !== "AbortError") put(this.trouble, problemCard(error));
    }
  }

  #drop(id) {
    this.others = this.others.filter(({ job }) => job.id !== id);
    this.#drawChips();
    this.grown();
    this.#address();
  }

  #drawChips() {
    const ids = this.others.map(({ job }) => job.id);
    redraw(this.chips, this.others.map(({ job }) => jobName(job)), () => [this.others.map(({ job }) => h("button", {
      class: "chip", id: `over-${job.id}`, "aria-label": `Take ${jobName(job)} away`, onclick: () => this.#drop(job.id),
    }, `${jobName(job)} ×`)),
    ids.length > 0 && h("a", { class: "button", id: "to-compare", href: `#/compare?jobs=${[this.feed.id, ...ids].join(",")}` }, "Compare in words")]);
    this.add.disabled = ids.length >= MOST;
    this.#offer();
  }

  /** What is laid over stands in the address, without a step back for each. */
  #address() {
    const ids = this.others.map(({ job }) => job.id).join(",");
    history.replaceState(null, "", `#/jobs/${this.feed.id}${ids ? `?over=${ids}` : ""}`);
  }

  async #again() {
    for (const other of this.others) {
      if (FINAL.has(other.job.state)) continue;
      const job = await ask(`v1/jobs/${other.job.id}`, { signal: this.signal });
      if (job.attempt !== other.job.attempt) other.rows.anew();
      other.job = job;
      await other.rows.pull();
    }
  }
}
