// What a training has told of its epochs: a column of each measure, and the layers' vital signs.

import { Column } from "./column.js";

export const MEASURES = ["loss", "accuracy", "validation_loss", "validation_accuracy", "learning_rate", "seconds"];

/** Rows of `GET /v1/jobs/{id}/metrics`, each epoch once, in their order. */
export class Run {
  constructor() {
    this.at = new Column(); // the epoch; with folds the row, which counts those of all trainings
    this.columns = Object.fromEntries(MEASURES.map((name) => [name, new Column()]));
    this.signs = []; // {at, gradient_norms, layers} of the rows that have them
  }

  get length() {
    return this.at.length;
  }

  /** The last epoch; 0 before the first. */
  get last() {
    return this.length ? this.at.values[this.length - 1] : 0;
  }

  /**
   * Add rows. One that is there already, of an attempt that went on from before it, counts anew with
   * all behind it.
   */
  add(rows) {
    for (const row of rows) {
      const at = row.row ?? row.epoch;
      if (at <= this.last) this.#cut(at);
      this.at.push(at);
      for (const name of MEASURES) this.columns[name].push(row[name]);
      if (row.layers) this.signs.push({ at, gradient_norms: row.gradient_norms, layers: row.layers });
    }
  }

  clear() {
    this.#cut(-Infinity);
  }

  #cut(at) {
    const length = this.at.lastUpTo(at - 1) + 1;
    for (const column of [this.at, ...Object.values(this.columns)]) column.cut(length);
    while (this.signs.length && this.signs.at(-1).at >= at) this.signs.pop();
  }
}
