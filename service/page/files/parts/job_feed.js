// A job as it goes on: its record, its epochs, and what happened to it, over cuts of the line.

import { ask } from "./api.js";
import { follow } from "./live.js";
import { FINAL } from "./job_words.js";
import { Run } from "./run.js";
import { RunFeed } from "./run_feed.js";

const QUEUED_MS = 2000; // between two looks at the place in the queue, of which no event tells
const SOON_MS = 50; // events that come together are one reason to ask

/** What is told: `onjob(job)`, `onrows()`, `onhappened(list)`, `onlink(up)`. */
export class JobFeed {
  constructor(id, { signal, onjob, onrows, onhappened, onlink }) {
    Object.assign(this, { id, signal, onjob, onhappened, onlink });
    this.job = null;
    this.run = new Run();
    this.rows = new RunFeed(id, this.run, { signal, onrows });
    this.happened = []; // {at: Date, state, why, attempt} or {at, finding}
    this.timer = 0;
    this.up = true;
    signal.addEventListener("abort", () => clearTimeout(this.timer));
  }

  /** Read all that there is, then go on with what comes. @throws {Problem} */
  async begin() {
    await this.#ask();
    await this.rows.pull();
    follow(`v1/jobs/${this.id}/events`, {
      state: (data, event) => this.#moved(data, event),
      finding: (data, event) => this.#found(data, event),
      progress: (data) => this.#progressed(data),
      metrics: ({ rows }) => this.rows.told(rows),
      done: () => this.#ended(),
    }, { signal: this.signal, onlink: (up) => this.#linked(up) });
  }

  /** Ask for the record again, soon. */
  refresh(inMs = SOON_MS) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask().catch(() => this.refresh(QUEUED_MS)), inMs);
  }

  async #ask() {
    this.take(await ask(`v1/jobs/${this.id}`, { signal: this.signal }));
    if (this.job.state === "queued") this.refresh(QUEUED_MS);
  }

  /** An answer that has the record, of whoever asked. */
  take(job) {
    this.job = { ...job, summary: job.summary ?? this.job?.summary ?? null };
    this.onjob(this.job);
    return this.job;
  }

  #moved(data, event) {
    this.#note(event, data);
    const { state, attempt } = this.job;
    if (data.attempt > attempt && data.state === "running") {
      this.job = { ...this.job, attempt: data.attempt, progress: null };
      this.rows.anew();
    }
    if (data.state !== state) this.refresh();
  }

  #found(data, event) {
    this.#note(event, { finding: data });
    this.refresh();
  }

  #note(event, about) {
    this.happened.push({ at: new Date(Number(event.lastEventId.split("-")[0])), ...about });
    this.onhappened(this.happened);
  }

  #progressed(progress) {
    const { state, progress: had } = this.job;
    // The stream begins with what was long ago.
    if (FINAL.has(state) || (had && had.phase === progress.phase && progress.epoch < had.epoch)) return;
    this.job = { ...this.job, progress };
    this.onjob(this.job);
    if (!had) this.refresh(); // by the first epoch layers are timed and the gradients are proved
  }

  #ended() {
    this.onlink(true);
    this.rows.pull().catch(() => {});
    this.refresh(0);
  }

  #linked(up) {
    const back = up && !this.up;
    this.up = up;
    this.onlink(up);
    if (!back) return;
    this.rows.pull().catch(() => {});
    this.refresh();
  }
}
