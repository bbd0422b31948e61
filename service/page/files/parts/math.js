// Formulas as MathML, which browsers draw by themselves.

const MATH = "http://www.w3.org/1998/Math/MathML";
const GREEK = { gamma: "γ", beta: "β", mean: "mean", variance: "variance" };
const NAME = /^(d?)(\p{L}\p{M}*[a-z]*)([\d.]*)(′*)$/u;
const WORD = /^\p{L}[\p{L}\p{M}₀-₉]*/u;
const OPERATORS = new Set("=+−←∘Σ/,|");

/**
 * A formula of the notation, such as `Z1 = A0 W1 + b1`, as one element for each of its parts.
 * @param {string} formula; parts stand between semicolons
 * @param {Iterable<string>} names of the arrays; what is drawn for one has it as `data-name`
 * @returns {Element[]}
 */
export function math(formula, names) {
  const known = [...names].sort((one, other) => other.length - one.length);
  return formula.split("; ").map((part) => {
    const root = element("math", { display: "block", alttext: part });
    root.append(element("mrow", {}, ...tokens(part, known)));
    return root;
  });
}

/** The name of an array, such as `dW2`, with its number below. */
export function mathName(name) {
  const root = element("math", { alttext: name });
  root.append(named(name));
  return root;
}

function tokens(text, known) {
  const found = [];
  while (text) {
    const [node, length] = token(text, known, found);
    if (node) found.push(node);
    text = text.slice(length);
  }
  return found;
}

function token(text, known, before) {
  if (text[0] === " ") return [gap(text, before), 1];
  if ("ᵀ²".includes(text[0])) return [raised(before.pop(), text[0] === "ᵀ" ? element("mi", {}, "T") : element("mn", {}, "2")), 1];
  const name = known.find((one) => text.startsWith(one) && !/^[A-Za-z\d′\p{M}]/u.test(text.slice(one.length)));
  if (name) return [named(name), name.length];
  const word = WORD.exec(text)?.[0];
  if (word) return [element(word.length > 2 && text[word.length] !== "(" && text[word.length] !== "'" ? "mtext" : "mi", {},
    word), word.length];
  const digits = /^\d+(\.\d+)?/.exec(text)?.[0];
  if (digits) return [element("mn", {}, digits), digits.length];
  return [element("mo", { stretchy: "false" }, text[0]), 1];
}

// Operators bring their own space; what stands side by side is multiplied, and gets a little.
function gap(text, before) {
  const isOperator = (letter) => OPERATORS.has(letter) || letter === undefined;
  return isOperator(before.at(-1)?.textContent) || isOperator(text.trimStart()[0]) ? null : element("mspace", { width: "0.3em" });
}

const raised = (base, power) => element("msup", {}, base, power);

function named(name) {
  const [, d, letters, number, primes] = NAME.exec(name) ?? [null, "", name, "", ""];
  const base = element("mi", {}, `${d}${GREEK[letters] ?? letters}`);
  const below = number ? element("msub", {}, base, element("mn", {}, number)) : base;
  const whole = primes ? raised(below, element("mo", {}, primes)) : below;
  whole.dataset.name = name;
  return whole;
}

function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(MATH, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
