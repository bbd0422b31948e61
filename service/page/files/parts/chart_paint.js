// Draws the lines of a chart and what stands around them.

import { even, logarithmic } from "./scale.js";
import { number } from "./words.js";

const MARGIN = { left: 52, right: 12, top: 10, bottom: 26 };
const FONT = "12px system-ui, sans-serif";

/**
 * Draw a chart.
 * @param {CanvasRenderingContext2D} context in CSS pixels
 * @param {{width: number, height: number, lines: object[], log: boolean, most: number | null,
 *   marked: (value: number) => string, whole: boolean, ink: string, grid: string, cursor: number | null}} how `lines` have
 *   columns `x` and `y`, a colour and whether they are dashed; `most` is the end of the
 *   scale; `whole`: there are no halves along
 * @returns {{left: number, right: number, span: [number, number]} | null} where the numbers along lie;
 *   null without any
 */
export function paint(context, how) {
  const { width, height, lines, log } = how;
  context.clearRect(0, 0, width, height);
  const frame = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
  const span = along(lines);
  const range = upwards(lines, log, how.most);
  if (!span || !range) return null;
  const x = even(span, [frame.left, frame.right], Math.max(2, width / 110));
  const y = (log ? logarithmic : even)(range, [frame.bottom, frame.top]);
  context.font = FONT;
  paintGrid(context, frame, x, y, how);
  context.save();
  context.beginPath();
  context.rect(frame.left, 0, frame.right - frame.left + 1, height);
  context.clip();
  for (const line of lines) paintLine(context, line, frame, span, x, y);
  if (how.cursor !== null) paintCursor(context, frame, x.to(how.cursor), lines, how.cursor, y, how.ink);
  context.restore();
  return { left: frame.left, right: frame.right, span };
}

function along(lines) {
  const drawn = lines.filter(({ x }) => x.length);
  if (!drawn.length) return null;
  const first = Math.min(...drawn.map(({ x }) => x.values[0]));
  const last = Math.max(...drawn.map(({ x }) => x.values[x.length - 1]));
  return [first, last > first ? last : first + 1];
}

function upwards(lines, log, most) {
  let [low, high] = [Infinity, -Infinity];
  for (const { y } of lines) {
    const [least, greatest] = y.range();
    low = Math.min(low, log && !(least > 0) ? leastAboveZero(y) : least);
    high = Math.max(high, greatest);
  }
  if (!(high >= low)) return null;
  if (log) return [low, high > low ? high : low * 10];
  const air = (high - low) * 0.05;
  return [Math.max(low - air, low >= 0 ? 0 : -Infinity), most === null ? high + air : Math.max(most, high)];
}

function leastAboveZero({ values, length }) {
  let least = Infinity;
  for (let at = 0; at < length; at++) if (values[at] > 0 && values[at] < least) least = values[at];
  return least;
}

function paintGrid(context, frame, x, y, { marked, whole, ink, grid }) {
  context.strokeStyle = grid;
  context.fillStyle = ink;
  context.lineWidth = 1;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const mark of y.marks) {
    const at = Math.round(y.to(mark)) + 0.5;
    stroke(context, frame.left, at, frame.right, at);
    context.fillText(marked(mark), frame.left - 6, at);
  }
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const mark of x.marks) {
    if (whole && !Number.isInteger(mark)) continue;
    const at = Math.min(x.to(mark), frame.right - 8);
    context.fillText(number(mark), at, frame.bottom + 8);
  }
}

/** A point for each number, or where these are closer than pixels, their least and greatest in each. */
function paintLine(context, line, frame, span, x, y) {
  const { x: places, y: values, colour, dashed } = line;
  context.beginPath();
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.setLineDash(dashed ? [6, 4] : []);
  if (places.length <= 2 * (frame.right - frame.left)) everyPoint(context, places, values, x, y);
  else everyPixel(context, places, values, frame, span, y);
  context.stroke();
  context.setLineDash([]);
  if (places.length === 1) dot(context, x.to(places.values[0]), y.to(values.values[0]), colour);
}

function everyPoint(context, places, values, x, y) {
  let pen = false;
  for (let at = 0; at < values.length; at++) {
    const up = y.to(values.values[at]);
    if (Number.isNaN(up)) { pen = false; continue; }
    if (pen) context.lineTo(x.to(places.values[at]), up);
    else context.moveTo(x.to(places.values[at]), up);
    pen = true;
  }
}

function everyPixel(context, places, values, frame, [first, last], y) {
  const perPixel = (last - first) / (frame.right - frame.left);
  let pen = false;
  for (let pixel = frame.left, from = 0; pixel <= frame.right; pixel++) {
    const to = places.lastUpTo(first + (pixel - frame.left + 0.5) * perPixel) + 1;
    if (to <= from) continue;
    const [low, high] = values.range(from, to).map(y.to);
    from = to;
    if (Number.isNaN(low) || Number.isNaN(high) || !Number.isFinite(low)) { pen = false; continue; }
    if (pen) context.lineTo(pixel, low);
    else context.moveTo(pixel, low);
    if (high !== low) context.lineTo(pixel, high);
    pen = true;
  }
}

function paintCursor(context, frame, at, lines, cursor, y, ink) {
  context.strokeStyle = ink;
  context.lineWidth = 1;
  stroke(context, Math.round(at) + 0.5, frame.top, Math.round(at) + 0.5, frame.bottom);
  for (const { x: places, y: values, colour } of lines) {
    const place = places.lastUpTo(cursor);
    if (place >= 0 && places.values[places.length - 1] >= cursor) dot(context, at, y.to(values.values[place]), colour);
  }
}

function dot(context, x, y, colour) {
  if (Number.isNaN(y)) return;
  context.beginPath();
  context.fillStyle = colour;
  context.arc(x, y, 3.5, 0, 2 * Math.PI);
  context.fill();
}

function stroke(context, ...[x, y, toX, toY]) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(toX, toY);
  context.stroke();
}
