// Elements, made without a line of HTML: what comes from people stays text.

const SVG = "http://www.w3.org/2000/svg";
const SAID_MS = 8000;

let silence = 0;

/**
 * An element.
 * @param {string} name of the tag
 * @param {Object<string, any>} attributes `onclick` and the like are listeners; true is an empty
 *   attribute; null, undefined and false are none; `style` is an object; `data` likewise
 * @param {...(Node|string|number|null|undefined|false|Array)} children null and false are left out
 */
export const h = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

/** The same of a drawing. */
export const svg = (name, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

/** Put these children in the place of all that an element has. */
export function put(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

/** A line that screen readers say, and that stands at the bottom for a while. */
export function say(text) {
  const said = document.querySelector("#said");
  said.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ""; }, SAID_MS);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}

const nodes = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
