// A dataset in a few words and pictures.

import { at } from "./api.js";
import { h } from "./dom.js";
import { ago, badge, bytes, number } from "./words.js";

const MOST_NAMES = 4;
const THUMBS = 4;

/** `600 train and 200 test rows`; "" where they are not known yet. */
export function rowsOf({ splits }) {
  const said = Object.entries(splits ?? {}).filter(([, split]) => split?.rows).map(([name, { rows }]) => `${number(rows)} ${name}`);
  return said.length ? `${said.slice(0, -1).join(", ")}${said.length > 1 ? " and " : ""}${said.at(-1)} rows` : "";
}

/** `cat, dog and 8 more`. */
export function classesOf({ classes }) {
  if (!classes) return "";
  const more = classes.length - MOST_NAMES;
  return more > 1 ? `${classes.slice(0, MOST_NAMES).join(", ")} and ${more} more` : classes.join(", ");
}

/** `pets`, or `pets, version 2`. */
export const titleOf = ({ name, version }) => (version > 1 ? `${name}, version ${version}` : name);

/** The picture of a row. */
export const pictureOf = (dataset, split, row) => at(`v1/datasets/${dataset}/rows/${row}.png`, { split }).href;

/**
 * A card with the way to its view.
 * @param {object} dataset as the API tells it
 * @param {{actions?: any, isPlain?: boolean}} [how] `actions` stand below; a plain one has no pictures
 */
export function datasetCard(dataset, { actions = null, isPlain = false } = {}) {
  const { id, state } = dataset;
  const heading = h("h3", {}, state === "trashed" ? titleOf(dataset) : h("a", { href: `#/datasets/${id}` }, titleOf(dataset)));
  return h("article", { class: "card dataset-card" },
    h("div", { class: "row" }, heading, h("span", { class: "end" }, badge(state))),
    !isPlain && dataset.kind === "images" && state === "ready" && thumbs(dataset),
    h("p", {}, classesOf(dataset) || (state === "importing" ? "It is being looked through." : "Nothing is known of it.")),
    h("p", { class: "small soft" }, [rowsOf(dataset), bytes(dataset.bytes)].filter(Boolean).join(" · "), " · ", ago(dataset.created_at)),
    dataset.problem && h("p", { class: "small" }, dataset.problem.detail),
    actions);
}

// Rows of all classes are likely among some that are spread over the split.
function thumbs({ id, splits }) {
  const { rows } = splits.train;
  const places = [...new Set(Array.from({ length: THUMBS }, (_, i) => Math.floor((i * (rows - 1)) / (THUMBS - 1))))];
  return h("div", { class: "thumbs", "aria-hidden": "true" },
    places.map((row) => h("img", { src: pictureOf(id, "train", row), alt: "", width: 64, height: 64, loading: "lazy" })));
}
