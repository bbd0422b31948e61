// Reads the epochs of a job as they are written, so that none is missed and none comes twice.

import { ask } from "./api.js";

const PAGE = 5000; // rows in one answer

/** Fills a run from `GET /v1/jobs/{id}/metrics`: from behind the last epoch that it has. */
export class RunFeed {
  /** @param {{signal: AbortSignal, onrows: () => void}} how `onrows` is told when there are more */
  constructor(id, run, { signal, onrows }) {
    Object.assign(this, { id, run, signal, onrows });
    this.fresh = false;
    this.wanted = false;
    this.reading = null;
  }

  /**
   * Read what there is by now. Asked while it reads, it reads once more.
   * @throws {Problem}
   */
  pull() {
    this.wanted = true;
    this.reading ??= this.#read().finally(() => { this.reading = null; });
    return this.reading;
  }

  /** An attempt has begun that may go on from before the last epoch: its rows take the place of all. */
  anew() {
    this.fresh = true;
  }

  /** Rows of an event: taken if they are the next ones, else the reason to read. */
  told(rows) {
    const at = (row) => row.row ?? row.epoch;
    const next = rows.filter((row) => at(row) > this.run.last);
    if (next.length === 0 && !this.fresh) return;
    if (this.fresh || this.reading || next.some((row, index) => at(row) !== this.run.last + 1 + index)) {
      this.pull().catch(() => {}); // the next event asks again
      return;
    }
    this.run.add(next);
    this.onrows();
  }

  async #read() {
    while (this.wanted) {
      this.wanted = false;
      const anew = this.fresh;
      const after = anew ? 0 : this.run.last;
      const { data } = await ask(`v1/jobs/${this.id}/metrics`, { query: { limit: PAGE, after }, signal: this.signal });
      if (anew !== this.fresh) this.wanted = true; // another attempt has begun meanwhile
      else if (data.length) this.#take(data, anew);
      if (data.length === PAGE) this.wanted = true;
    }
  }

  #take(data, anew) {
    if (anew) this.run.clear();
    this.fresh = false;
    this.run.add(data);
    this.onrows();
  }
}
