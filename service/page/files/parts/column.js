// A column of numbers that grows, and knows its least and greatest over any range of places.

const BLOCK = 64; // numbers of which the least and the greatest are kept

/** Numbers of a curve, NaN where there is none. A range of n costs about n / 64 looks. */
export class Column {
  constructor() {
    this.length = 0;
    this.values = new Float64Array(256);
    this.low = new Float64Array(4);
    this.high = new Float64Array(4);
  }

  /** Add a number; null and undefined are none. */
  push(value) {
    const number = value ?? NaN;
    if (this.length === this.values.length) this.#grow();
    const block = Math.floor(this.length / BLOCK);
    if (this.length % BLOCK === 0) this.#begin(block);
    this.values[this.length++] = number;
    this.#count(block, number);
  }

  /** Forget what is behind the first `length` numbers. */
  cut(length) {
    if (length >= this.length) return;
    this.length = length;
    const block = Math.floor(length / BLOCK);
    this.#begin(block);
    for (let at = block * BLOCK; at < length; at++) this.#count(block, this.values[at]);
  }

  /**
   * The least and the greatest number from one place to before another.
   * @returns {[number, number]} Infinity and -Infinity where there is none
   */
  range(from = 0, to = this.length) {
    let low = Infinity;
    let high = -Infinity;
    for (let at = from; at < to;) {
      const whole = at % BLOCK === 0 && at + BLOCK <= to;
      const block = at / BLOCK;
      const least = whole ? this.low[block] : this.values[at];
      const most = whole ? this.high[block] : this.values[at];
      if (least < low) low = least;
      if (most > high) high = most;
      at += whole ? BLOCK : 1;
    }
    return [low, high];
  }

  /** The place of the last number that is not above `value`, where numbers never fall; -1 for none. */
  lastUpTo(value) {
    let from = 0;
    let to = this.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.values[middle] <= value) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  #begin(block) {
    this.low[block] = Infinity;
    this.high[block] = -Infinity;
  }

  #count(block, number) {
    if (number < this.low[block]) this.low[block] = number; // never true of NaN
    if (number > this.high[block]) this.high[block] = number;
  }

  #grow() {
    const twice = (array) => { const larger = new Float64Array(2 * array.length); larger.set(array); return larger; };
    this.values = twice(this.values);
    this.low = twice(this.low);
    this.high = twice(this.high);
  }
}
