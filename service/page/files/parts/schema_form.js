// A form made from a JSON Schema. What is left empty is not said, so what counts is told in its place.

import { h, put } from "./dom.js";
import { fieldOf, labelOf } from "./schema.js";
import { input, word } from "./schema_inputs.js";

const MOST_TOLD = 1e9; // a bound beyond it says nothing to a person

/**
 * @typedef {object} Part a field, or fields together
 * @property {HTMLElement} element
 * @property {(value: any) => void} set what is said; undefined for nothing
 * @property {(value: any) => void} hint what counts where nothing is said
 */

/**
 * @typedef {object} Form what its parts share
 * @property {object} defs `$defs` of the schema
 * @property {(pointer: string, value: any) => void} change is told what is said; undefined for nothing
 * @property {(pointer: string) => any} said what is said there
 * @property {Map<string, {control: HTMLElement, wrong: HTMLElement}>} places by their pointers
 * @property {Object<string, string[]>} suggestions by pointers
 */

/** @param {Form} form @returns {Part} */
export function part(form, name, schema, pointer) {
  const field = fieldOf(schema, form.defs);
  if (field.kind === "object") return field.nullable ? optional(form, name, field, pointer) : group(form, name, field, pointer);
  if (field.kind === "union") return union(form, name, field, pointer);
  return line(form, name, field, pointer);
}

/** Put words beside the fields that pointers name; the rest is returned. */
export function complain(form, errors) {
  for (const { control, wrong } of form.places.values()) {
    control.removeAttribute("aria-invalid");
    wrong.textContent = "";
  }
  return errors.filter(({ pointer = "", detail }) => {
    const place = nearest(form, pointer);
    if (!place) return true;
    place.control.setAttribute("aria-invalid", "true");
    place.wrong.textContent = `${place.wrong.textContent} ${detail}`.trim();
    for (let box = place.control.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    return false;
  });
}

// Of a place within a list, the list.
function nearest(form, pointer) {
  for (let at = pointer; at; at = at.slice(0, at.lastIndexOf("/"))) {
    const place = form.places.get(at);
    if (place?.control.isConnected) return place;
  }
  return null;
}

function line(form, name, field, pointer) {
  const wrong = h("p", { class: "wrong small" });
  const change = (value) => { form.change(pointer, value); wrong.textContent = ""; };
  const inner = input(field, change, (words) => { wrong.textContent = words; });
  const id = `spec${pointer.replaceAll("/", "-")}`;
  const { control } = inner;
  Object.assign(control, { id, name: pointer });
  const help = advice(field);
  control.setAttribute("aria-describedby", `${help ? `${id}-advice ` : ""}${id}-wrong`);
  wrong.id = `${id}-wrong`;
  form.places.set(pointer, { control, wrong });
  const list = suggested(form, pointer, control, id);
  return { ...inner, element: h("div", { class: "field" }, h("label", { for: id }, labelOf(name)), control, list,
    help && h("p", { class: "advice", id: `${id}-advice` }, help), wrong) };
}

function suggested(form, pointer, control, id) {
  const values = form.suggestions[pointer];
  if (!values?.length) return null;
  control.setAttribute("list", `${id}-list`);
  return h("datalist", { id: `${id}-list` }, values.map((value) => h("option", { value })));
}

function advice({ schema, kind }) {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const low = minimum ?? (exclusiveMinimum !== undefined ? `Over ${exclusiveMinimum},` : null);
  const high = maximum !== undefined ? `to ${maximum.toLocaleString("en")}` : exclusiveMaximum < MOST_TOLD ? `to under ${exclusiveMaximum}` : null;
  const bounds = kind === "number" && low !== null && high !== null ? `${low} ${high}.` : "";
  const how = kind === "list" ? "With commas between them." : kind === "json" ? "As JSON." : "";
  return [schema.description, how, bounds].filter(Boolean).join(" ");
}

const fields = (form, schema, pointer) => Object.fromEntries(Object.entries(schema.properties ?? {})
  .filter(([name]) => name !== "kind").map(([name, inner]) => [name, part(form, name, inner, `${pointer}/${name}`)]));

const each = (parts, verb, value) => { for (const [name, inner] of Object.entries(parts)) inner[verb](value?.[name]); };

function group(form, name, { schema }, pointer) {
  const parts = fields(form, schema, pointer);
  return {
    element: h("fieldset", {}, h("legend", {}, labelOf(name)), h("p", { class: "advice" }, schema.description),
      h("div", { class: "grid" }, Object.values(parts).map(({ element }) => element))),
    set: (value) => each(parts, "set", value),
    hint: (value) => each(parts, "hint", value),
  };
}

// A choice of `words` that decides which fields follow.
function chooser(form, name, { label, description }, pointer, values, onchoose) {
  const nothing = h("option", { value: "" }, "as it comes");
  const select = h("select", { onchange: () => onchoose(select.value) }, nothing, values.map((value) => h("option", { value }, value)));
  const id = `spec${pointer.replaceAll("/", "-")}`;
  const inside = h("div", { class: "grid" });
  const wrong = h("p", { class: "wrong small", id: `${id}-wrong` });
  Object.assign(select, { id });
  select.setAttribute("aria-describedby", `${id}-wrong`);
  form.places.set(pointer, { control: select, wrong });
  const element = h("fieldset", {}, h("legend", {}, labelOf(name)),
    h("div", { class: "field" }, h("label", { for: id }, label), select,
      h("p", { class: "advice" }, description), wrong), inside);
  return { select, nothing, inside, element };
}

function union(form, name, { schema, kinds }, pointer) {
  let effective, kind, parts = {};
  const within = { ...form, change: (at, value) => {
    if (value !== undefined) form.change(`${pointer}/kind`, kind); // alone, a field does not say of which kind it is
    form.change(at, value);
  } };
  const box = chooser(form, name, { ...schema, label: `Kind of ${labelOf(name).toLowerCase()}` }, pointer, Object.keys(kinds), (chosen) => {
    form.change(pointer, undefined);
    if (chosen) form.change(`${pointer}/kind`, chosen);
    draw(chosen);
  });

  function draw(chosen) {
    const next = chosen || effective?.kind || Object.keys(kinds)[0];
    if (next === kind) return;
    kind = next;
    parts = fields(within, kinds[kind], pointer);
    put(box.inside, Object.values(parts).map(({ element }) => element));
    hint(effective);
  }

  function hint(value) {
    effective = value;
    box.nothing.textContent = value?.kind ? `as it comes: ${value.kind}` : "as it comes";
    draw(box.select.value);
    const byDefault = Object.fromEntries(Object.entries(kinds[kind].properties).map(([one, inner]) => [one, inner.default]));
    each(parts, "hint", value?.kind === kind ? value : byDefault);
  }
  draw("");
  return { element: box.element, hint, set: (value) => {
    box.select.value = value?.kind ?? "";
    draw(box.select.value);
    each(parts, "set", value);
  } };
}

function optional(form, name, { schema }, pointer) {
  const within = { ...form, change: (at, value) => {
    form.change(at, value);
    if (form.said(pointer) === undefined) form.change(pointer, {}); // it is given, by nothing but defaults
  } };
  const parts = fields(within, schema, pointer);
  const inner = Object.values(parts).map(({ element }) => element);
  const box = chooser(form, name, { ...schema, label: `${labelOf(name)}, or none` }, pointer, ["none", "given"], (chosen) => {
    form.change(pointer, chosen === "" ? undefined : chosen === "none" ? null : {});
    put(box.inside, chosen === "given" && inner);
  });
  const byDefault = Object.fromEntries(Object.entries(schema.properties).map(([one, { default: value }]) => [one, value]));
  return {
    element: box.element,
    set: (value) => {
      box.select.value = value === undefined ? "" : value === null ? "none" : "given";
      put(box.inside, value && inner);
      each(parts, "set", value);
    },
    hint: (value) => {
      box.nothing.textContent = `as it comes: ${value ? Object.values(value).map(word).join(", ") : "none"}`;
      each(parts, "hint", value ?? byDefault);
    },
  };
}
