// Versions of a dataset: what each was made of, and what became of its rows.

import { ask, everything } from "./api.js";
import { rowsOf } from "./dataset_card.js";
import { h, put } from "./dom.js";
import { editWords } from "./edits.js";
import { ago, badge, number, problemCard } from "./words.js";

/** @param {object} dataset @param {AbortSignal} signal */
export async function versions(dataset, signal) {
  const all = await everything(`v1/datasets/${dataset.id}/versions`, { signal, most: 200 });
  return h("ol", { class: "versions", reversed: true }, all.map((one) => line(one, one.id === dataset.id, all, signal)));
}

function line(one, isThis, all, signal) {
  const parent = all.find(({ id }) => id === one.parent);
  const difference = h("div", {});
  const diff = parent && one.state === "ready" && h("button", { class: "quiet", onclick: async () => {
    try {
      put(difference, h("p", { class: "small" }, changed(await ask(`v1/datasets/${parent.id}/diff`, { query: { to: one.id, limit: 1 }, signal }))));
    } catch (error) {
      if (error.name !== "AbortError") put(difference, problemCard(error));
    }
  } }, `What changed since version ${parent.version}`);
  return h("li", { value: one.version, class: isThis ? "this" : null },
    h("div", { class: "row" }, isThis ? h("strong", {}, "This one") : h("a", { href: `#/datasets/${one.id}` }, `Version ${one.version}`),
      badge(one.state), h("span", { class: "soft small" }, rowsOf(one), " · ", ago(one.created_at)), diff),
    one.edits ? h("ul", { class: "small" }, editWords(one.edits).map((sentence) => h("li", {}, sentence)))
      : h("p", { class: "small soft" }, "As it was uploaded."), difference);
}

function changed({ unchanged, removed, added, relabelled, moved }) {
  const count = ({ rows }, word) => rows > 0 && `${number(rows)} ${word}`;
  const said = [count(removed, "left out"), count(added, "added"), count(relabelled, "relabelled"), count(moved, "moved")].filter(Boolean);
  return `${said.join(", ") || "No row changed"}; ${number(unchanged)} are as they were.`;
}
