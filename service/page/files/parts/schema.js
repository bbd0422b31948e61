// A JSON Schema, as far as a form needs it: what a field is, and places in JSON (RFC 6901).

const SCALARS = new Set(["integer", "number", "string"]);

/**
 * What a field is drawn as.
 * @typedef {object} Field
 * @property {"choice" | "number" | "text" | "either" | "list" | "object" | "union" | "json"} kind
 * @property {any[]} [values] of a choice
 * @property {object} [properties] of an object, their schemas by name
 * @property {Object<string, object>} [kinds] of a union, the schemas by their `kind`
 * @property {object} [items] of a list
 * @property {boolean} nullable
 * @property {object} schema with its bounds, title and description
 */

/** @param {object} schema @param {object} defs its `$defs` @returns {Field} */
export function fieldOf(schema, defs) {
  const some = (schema.anyOf ?? []).map((one) => resolved(one, defs));
  const nullable = some.some(({ type }) => type === "null");
  const others = some.filter(({ type }) => type !== "null");
  if (others.length > 1) return { kind: "either", nullable, schema };
  const one = resolved(others.length ? { ...others[0], ...said(schema) } : schema, defs);
  return { ...kindOf(one, defs), nullable, schema: one };
}

function kindOf(one, defs) {
  if (one.enum) return { kind: "choice", values: one.enum };
  if (one.const !== undefined) return { kind: "choice", values: [one.const] };
  if (one.type === "boolean") return { kind: "choice", values: [true, false] };
  if (one.type === "integer" || one.type === "number") return { kind: "number" };
  if (one.type === "string") return { kind: "text" };
  if (one.discriminator) {
    const kinds = Object.entries(one.discriminator.mapping).map(([kind, ref]) => [kind, resolved({ $ref: ref }, defs)]);
    return { kind: "union", kinds: Object.fromEntries(kinds) };
  }
  if (one.properties) return { kind: "object", properties: one.properties };
  if (one.type === "array" && SCALARS.has(one.items?.type)) return { kind: "list", items: one.items };
  return { kind: "json" };
}

const resolved = (schema, defs) => (schema.$ref ? { ...defs[schema.$ref.split("/").at(-1)], ...said(schema) } : schema);

// What stands beside a reference, or beside the alternatives, is about the field; it goes first.
const said = ({ $ref, anyOf, ...about }) => about;

/** What stands at a pointer such as `/optimizer/kind`; undefined where nothing does. */
export const valueAt = (json, pointer) => parts(pointer).reduce((at, name) => at?.[name], json);

/** Set it there; undefined takes it away, and objects that are empty then. */
export function setAt(json, pointer, value) {
  const names = parts(pointer);
  const last = names.pop();
  let at = json;
  for (const name of names) {
    if (value === undefined && typeof at[name] !== "object") return;
    if (at[name] === null || typeof at[name] !== "object") at[name] = {};
    at = at[name];
  }
  if (value !== undefined) at[last] = value;
  else delete at[last];
  const above = `/${names.join("/")}`;
  if (names.length && value === undefined && Object.keys(at).length === 0) setAt(json, above, undefined);
}

const parts = (pointer) => pointer.split("/").slice(1).map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));

/** Whether two pieces of JSON say the same. */
export function isSame(one, other) {
  if (one === other) return true;
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => isSame(one[name], other[name]));
}

/** `learning_rate` as `Learning rate`. */
export function labelOf(name) {
  const words = name.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
}
