// The jobs of a list that were asked for so far, the newest first.

import { Problem, ask } from "../../parts/api.js";
import { FINAL, bestMeasured } from "../../parts/job_words.js";

const PAGE = 100;
const FRESH = 30; // the newest, which are asked for again and again
const ALONE = 12; // unfinished ones further down, which are asked for one by one

/** Pages are read as somebody comes to them; of each job only what a row shows is kept. */
export class JobPages {
  /** @param {object} query the filters, as the API names them; tags as an array */
  constructor(query, signal) {
    this.path = pathOf(query);
    this.state = query.state || null;
    this.signal = signal;
    this.items = [];
    this.next = null;
    this.complete = false;
    this.reading = null;
  }

  /** Read one page more, unless one is being read or all are. */
  more() {
    if (this.complete) return Promise.resolve();
    this.reading ??= this.#read().finally(() => { this.reading = null; });
    return this.reading;
  }

  async #read() {
    const page = await this.#page(PAGE, this.next);
    const known = new Set(this.items.map((job) => job.id)); // a new one may have come meanwhile
    this.items = [...this.items, ...page.data.filter((job) => !known.has(job.id)).map(kept)];
    this.next = page.next;
    this.complete = page.next === null;
  }

  /**
   * Ask again for the newest, and for those of `shown` that have not ended.
   * @returns {Promise<number>} how many came on top
   */
  async refresh(shown) {
    const page = await this.#page(FRESH, null);
    const oldest = page.next ?? "";
    if (this.items.length && oldest > this.items[0].id) return this.#anew(page); // too many came at once
    const fresh = new Map(page.data.map((job) => [job.id, kept(job)]));
    for (const job of await this.#alone(shown, oldest)) fresh.set(job.id, job);
    const had = new Set(this.items.map((job) => job.id));
    const came = page.data.filter((job) => !had.has(job.id)).map((job) => fresh.get(job.id));
    // What the newest page has no more does not pass the filters any longer.
    const stays = this.items.filter((job) => this.#fits(fresh.get(job.id), job, oldest));
    this.items = [...came, ...stays.map((job) => newer(job, fresh.get(job.id)))].sort((one, other) => (one.id < other.id ? 1 : -1));
    return came.length;
  }

  #anew(page) {
    Object.assign(this, { items: page.data.map(kept), next: page.next, complete: page.next === null });
    return 0;
  }

  #fits(now, job, oldest) {
    if (now) return this.state === null || now.state === this.state;
    return job.id < oldest; // ids sort by time
  }

  async #alone(shown, oldest) {
    const wanted = shown.filter((job) => !FINAL.has(job.state) && (job.id < oldest || job.state === "queued"));
    const found = await Promise.all(wanted.slice(0, ALONE).map((job) =>
      ask(`v1/jobs/${job.id}`, { signal: this.signal }).catch((error) => {
        if (error instanceof Problem) return null;
        throw error;
      })));
    return found.filter(Boolean).map(kept);
  }

  #page(limit, after) {
    return ask(this.path, { query: { limit, after }, signal: this.signal });
  }
}

function pathOf({ tags = [], ...query }) {
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  for (const tag of tags) words.append("tag", tag);
  return `v1/jobs?${words}`;
}

const newer = (job, now) => (now && JSON.stringify(now) !== JSON.stringify(job) ? now : job);

/** What a row shows of a job: some hundred bytes of some thousand. */
function kept(job) {
  const found = bestMeasured(job.result);
  const scores = found && { [found[0]]: { accuracy: found[1].accuracy } };
  return {
    id: job.id, state: job.state, requested: job.requested, model: job.model, progress: job.progress,
    queue_position: job.queue_position, created_at: job.created_at, started_at: job.started_at,
    finished_at: job.finished_at, tags: job.tags, sweep: job.sweep, problem: job.problem,
    ended_because: job.ended_because, spec: { model: job.spec.model, dataset: job.spec.dataset },
    findings: job.findings.length,
    result: { ...scores, verification: job.result?.verification ?? null },
  };
}
