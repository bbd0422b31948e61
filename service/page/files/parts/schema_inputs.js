// Controls for fields that hold one value, or a list of them. What is left empty is not said.

import { h } from "./dom.js";

/**
 * @typedef {object} Input
 * @property {HTMLElement} control
 * @property {(value: any) => void} set what is said; undefined for nothing
 * @property {(value: any) => void} hint what counts where nothing is said
 */

/**
 * @param {import("./schema.js").Field} field
 * @param {(value: any) => void} change is told what is said; undefined for nothing
 * @param {(words: string) => void} wrong is told why what was typed says nothing
 * @returns {Input}
 */
export function input(field, change, wrong) {
  if (field.kind === "choice") return choice(field, change);
  if (field.kind === "number") return number(field, change);
  const tell = (text, read) => {
    try {
      change(text === "" ? undefined : read(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      wrong("This is no JSON yet, so what it said before counts.");
    }
  };
  if (field.kind === "list") return typed(tell, { read: listRead(field.items.type), write: (value) => value.join(", ") });
  if (field.kind === "either") return typed(tell, { read: (text) => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text), write: String });
  if (field.kind === "text") return typed(tell, { read: (text) => text, write: String }, (field.schema.maxLength ?? 0) > 1000);
  return typed(tell, { read: JSON.parse, write: (value) => JSON.stringify(value, null, 1) }, true);
}

function choice({ values, nullable }, change) {
  const all = nullable ? [...values, null] : values;
  const nothing = h("option", { value: "" }, "unless it is said");
  const control = h("select", { onchange: () => change(control.value === "" ? undefined : all[Number(control.value)]) },
    nothing, all.map((value, i) => h("option", { value: i }, word(value))));
  return {
    control,
    set: (value) => { control.value = value === undefined ? "" : String(all.indexOf(value)); },
    hint: (value) => { nothing.textContent = value === undefined ? "unless it is said" : `as it comes: ${word(value)}`; },
  };
}

function number({ schema }, change) {
  const control = h("input", { type: "number", step: schema.type === "integer" ? 1 : "any", min: schema.minimum, max: schema.maximum,
    oninput: () => change(control.value === "" ? undefined : Number(control.value)) });
  return { control, ...shown(control, String) };
}

function typed(tell, { read, write }, isLong = false) {
  const control = h(isLong ? "textarea" : "input", { spellcheck: "false", autocomplete: "off", rows: isLong ? 3 : null,
    oninput: () => tell(control.value.trim(), read) });
  return { control, ...shown(control, write) };
}

const shown = (control, write) => ({
  set: (value) => { control.value = value === undefined || value === null ? "" : write(value); },
  hint: (value) => { control.placeholder = value === undefined ? "" : value === null || value.length === 0 ? "none" : write(value); },
});

const listRead = (type) => (text) => text.split(",").map((one) => one.trim()).filter(Boolean)
  .map((one) => (type === "string" || Number.isNaN(Number(one)) ? one : Number(one)));

/** A value as a person says it. */
export const word = (value) => (value === true ? "yes" : value === false ? "no" : value === null ? "none" : String(value));
