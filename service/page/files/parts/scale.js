// From numbers to pixels: even or logarithmic, with marks at round numbers.

/**
 * @typedef {{to: (value: number) => number, marks: number[]}} Scale `to` gives a pixel; NaN stays NaN
 */

/**
 * An even scale.
 * @param {[number, number]} range of the numbers
 * @param {[number, number]} pixels where they lie
 * @param {number} count how many marks there should be, about
 * @returns {Scale}
 */
export function even([low, high], [from, to], count = 5) {
  if (!(high > low)) [low, high] = [low - (Math.abs(low) || 1) / 2, low + (Math.abs(low) || 1) / 2];
  const step = roundStep((high - low) / count);
  const marks = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + 1e-9 * step; n++) marks.push(Number((n * step).toPrecision(12)));
  return { to: (value) => from + ((value - low) / (high - low)) * (to - from), marks };
}

/** A logarithmic scale; of numbers that are not above zero there is none. @returns {Scale} */
export function logarithmic([low, high], [from, to], count = 5) {
  const bottom = Math.log10(low);
  const span = Math.log10(high) - bottom || 1;
  const decades = Math.ceil(span / count);
  const within = span < 2.5 ? [1, 2, 5] : [1]; // of few decades, more marks in each
  const marks = [];
  for (let power = Math.floor(bottom); power <= bottom + span; power += decades) {
    marks.push(...within.map((one) => one * 10 ** power).filter((mark) => mark >= low && mark <= high));
  }
  return { to: (value) => (value > 0 ? from + ((Math.log10(value) - bottom) / span) * (to - from) : NaN), marks };
}

/** The nearest of 1, 2, 5, 10, 20, … that is not below. */
function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((one) => one * power >= least * 0.999) * power;
}
