// Pictures to begin with: cats and other things, drawn here from a number, the same ones every time.

const SIDE = 64; // pixels
const ROWS = { train: 400, test: 120 };
const BATCH = 20; // pictures between two looks at the clock of the page
const DARK_SHARE = 0.8; // of pictures with a dark thing on light ground: a linear model is right on these alone

/**
 * Draw the pictures, every second one a cat.
 * @param {{signal: AbortSignal, ondrawn: (count: number, of: number) => void}} how
 * @returns {Promise<import("./packing.js").Found[]>} PNGs of 64 × 64 in folders of splits and classes
 */
export async function sketches({ signal, ondrawn }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const found = [];
  const of = ROWS.train + ROWS.test;
  for (const [split, rows] of Object.entries(ROWS)) {
    for (let row = 0; row < rows; row++) {
      signal.throwIfAborted();
      const isCat = row % 2 === 1;
      draw(pen, isCat, chance(found.length + 1));
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      const name = `${String(row).padStart(4, "0")}.png`;
      const path = `sketches/${split}/${isCat ? "cat" : "other"}/${name}`;
      found.push({ path, file: new File([blob], name, { type: "image/png", lastModified: 0 }) });
      if (found.length % BATCH === 0) ondrawn(found.length, of);
    }
  }
  return found;
}

function draw(pen, isCat, random) {
  const between = (low, high) => low + random() * (high - low);
  const tint = (low, high) => `hsl(${between(0, 360)} ${between(25, 70)}% ${between(low, high)}%)`;
  const [dark, light] = [[12, 30], [72, 90]];
  const [near, far] = random() < DARK_SHARE ? [dark, light] : [light, dark];
  const colours = { coat: tint(...near), detail: tint(...far), accent: tint(45, 60) };
  pen.resetTransform();
  pen.fillStyle = tint(...far);
  pen.fillRect(0, 0, SIDE, SIDE);
  pen.translate(SIDE * between(0.42, 0.58), SIDE * between(0.42, 0.58));
  pen.rotate(between(-0.28, 0.28));
  const size = SIDE * between(0.26, 0.38);
  pen.scale(random() < 0.5 ? size : -size, size);
  pen.lineWidth = between(0.04, 0.08);
  for (let spots = between(2, 6); spots > 0; spots--) {
    oval(pen, between(-1.8, 1.8), between(-1.8, 1.8), between(0.08, 0.35), between(0.08, 0.35), tint(45, 60));
  }
  (isCat ? cat : OTHERS[Math.floor(random() * OTHERS.length)])(pen, colours, between);
  grain(pen, random, between(2, 8));
}

function cat(pen, { coat, detail, accent }, between) {
  const tip = between(-1.15, -0.95), pupil = between(0.03, 0.1);
  for (const side of [-1, 1]) {
    area(pen, coat, [side * 0.93, tip], [side * 0.12, -0.5], [side * 0.88, 0.05]);
    area(pen, accent, [side * 0.8, tip + 0.3], [side * 0.4, -0.5], [side * 0.77, -0.25]);
  }
  oval(pen, 0, 0.15, 0.92, 0.78, coat);
  for (const side of [-1, 1]) {
    oval(pen, side * 0.4, 0.02, 0.2, 0.22, detail);
    oval(pen, side * 0.4, 0.02, pupil, 0.19, coat);
    for (const droop of [-0.1, 0, 0.1]) line(pen, detail, [side * 0.35, 0.45 + droop], [side * 0.9, 0.45 + 2 * droop]);
  }
  area(pen, accent, [-0.14, 0.32], [0.14, 0.32], [0, 0.5]);
}

function dog(pen, { coat, detail, accent }, between) {
  const ear = between(0.55, 0.75);
  oval(pen, 0, 0, 0.7, 0.85, coat);
  oval(pen, 0, 0.5, 0.45, 0.4, detail);
  for (const side of [-1, 1]) {
    oval(pen, side * 0.78, ear - 0.6, 0.25, ear, accent);
    oval(pen, side * 0.28, -0.2, 0.14, 0.16, detail);
    oval(pen, side * 0.26, -0.17, 0.07, 0.08, coat);
  }
  oval(pen, 0, 0.34, 0.18, 0.12, coat);
}

function house(pen, { coat, detail, accent }, between) {
  const eaves = between(-0.25, -0.05);
  area(pen, coat, [-0.75, eaves], [0.75, eaves], [0.75, 0.95], [-0.75, 0.95]);
  area(pen, accent, [-1.05, eaves], [0, -1.05], [1.05, eaves]);
  area(pen, detail, [0.15, 0.25], [0.5, 0.25], [0.5, 0.95], [0.15, 0.95]);
}

function flower(pen, { coat, detail, accent }, between) {
  line(pen, accent, [0, 0], [0.08, 0.6], [0, 1.2]);
  const petals = Math.floor(between(5, 8));
  for (let i = 0; i < petals; i++) {
    const turn = (2 * Math.PI * i) / petals;
    oval(pen, 0.55 * Math.cos(turn), 0.55 * Math.sin(turn) - 0.25, 0.3, 0.3, coat);
  }
  oval(pen, 0, -0.25, 0.3, 0.3, detail);
}

function plain(pen, { coat }, between) {
  const corners = [3, 4, 5, 32][Math.floor(between(0, 4))];
  const at = (i) => [Math.cos((2 * Math.PI * i) / corners), Math.sin((2 * Math.PI * i) / corners)];
  area(pen, coat, ...Array.from({ length: corners }, (_, i) => at(i)));
}

const OTHERS = [dog, house, flower, plain];

function area(pen, colour, ...points) {
  pen.fillStyle = colour;
  pen.beginPath();
  for (const point of points) pen.lineTo(...point);
  pen.fill();
}

function oval(pen, x, y, rx, ry, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
  pen.fill();
}

function line(pen, colour, ...points) {
  pen.strokeStyle = colour;
  pen.beginPath();
  for (const point of points) pen.lineTo(...point);
  pen.stroke();
}

// Noise over all, as of a camera.
function grain(pen, random, strength) {
  const image = pen.getImageData(0, 0, SIDE, SIDE);
  for (let i = 0; i < image.data.length; i++) {
    if (i % 4 < 3) image.data[i] += strength * (random() + random() + random() - 1.5) * 2;
  }
  pen.putImageData(image, 0, 0);
}

// Numbers from 0 up to 1, by their seed: a linear congruential step, then a mix of its bits.
function chance(seed) {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x45d9f3b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0x45d9f3b);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
