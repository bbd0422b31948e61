// What each part of a step is, in words for those who learn.

const GIVEN = {
  A0: "The samples, a row for each, as training normalizes them. Here the way there begins.",
  Y: "What should come out: the class of each sample, as numbers.",
  W: "The weights as they start, drawn by chance. These are what is learned.",
  b: "The biases: what is added to every row.",
  gamma: "The scale of a batch normalization, which is learned.",
  beta: "What a batch normalization adds, which is learned.",
};
const FORWARD = {
  Z: "What comes in meets the weights: each unit sums its inputs, each held to a weight, and adds its bias.",
  A: "The activation bends each number by itself. Without it all layers together would be one.",
  "ŷ": "The last numbers become probabilities, between 0 and 1.",
  J: "How wrong that is, as one number: the cost. All that follows asks how it would change.",
  P: "Of each window of the picture one number stays.",
  F: "Pictures become rows, so that a dense layer can take them.",
  R: "What led past the layers is added to what went through them.",
  "μ": "The mean of each column, over these rows.",
  "σ": "How far the numbers of each column are from their mean.",
};
const BACKWARD = {
  Z: "What arrived goes back through the activation: each number times the slope that it had there.",
  A: "What arrived goes back through the weights, to the layer before.",
  W: "How the cost changes with each weight: what came in on the way there, times what arrived on the way back.",
  b: "How the cost changes with each bias: it was added to every row, so what arrived is summed over them.",
  gamma: "How the cost changes with the scale: what arrived, times the normalized numbers, summed.",
  beta: "How the cost changes with what was added: what arrived, summed.",
  P: "What arrived goes back to the windows.",
  F: "Rows become pictures again.",
};
const BEGINNING = "The way back begins: how the cost changes with each of the last numbers. "
  + "It is what was said, less what is right.";
const NORMALIZED = "Each column loses its mean, is divided by its deviation, and gets a learned scale and shift.";

/**
 * @param {object} array of a lesson
 * @returns {string} a sentence or two
 */
export function wordsOf({ name, part, formula, uses, arrived }) {
  if (part === "given") return GIVEN[name] ?? GIVEN[letter(name)] ?? "It is given.";
  if (part === "forward") {
    if (letter(name) === "Z" && uses.some((one) => one.startsWith("gamma"))) return NORMALIZED;
    return FORWARD[letter(name)] ?? "It is computed of what is there.";
  }
  if (arrived.length === 0) return BEGINNING;
  if (formula.includes("+") && uses.every((one) => arrived.includes(one))) return "Two ways back meet here, so they are added.";
  return BACKWARD[letter(name.slice(1))] ?? "What arrived goes one layer further back.";
}

export const UPDATE = "The optimizer moves the parameter a step, against its derivative. That is all that learning is, many times over.";
export const CACHE = "The way back needs numbers of the way there. Whoever keeps them need not compute them again.";
export const CHECK = "Are the derivatives right? Move one parameter a little up and a little down, look how the cost changes, and compare.";

const letter = (name) => /^(gamma|beta|\p{L}\p{M}*)/u.exec(name)?.[0] ?? name;
