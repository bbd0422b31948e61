// The aliases of a model: what each names, since when and why; moves, and the way back.

import { ask } from "../../parts/api.js";
import { asked } from "../../parts/dialog.js";
import { h, put, say } from "../../parts/dom.js";
import { ago } from "../../parts/words.js";
import { guardWords } from "./guard.js";

/** @param {object} here as the view of a model has it */
export function aliasesCard(here) {
  return h("section", { class: "card", "aria-labelledby": "aliases" },
    h("div", { class: "row" }, h("h2", { id: "aliases" }, "Aliases"),
      h("button", { class: "end", data: { key: "new-alias" }, onclick: () => here.move({}) }, "New alias")),
    h("p", { class: "soft" }, "A name that stays while the version behind it changes. Whoever asks by no version asks the champion."),
    h("ul", { class: "plain lines" }, here.aliases.map((alias) => line(here, alias))));
}

function line(here, one) {
  const { alias, version, before, operating_point: point } = one;
  const button = (verb, how, attributes = {}) => h("button", {
    data: { key: `${verb}-${alias}` }, "aria-label": `${verb} ${alias}`, onclick: how, ...attributes }, verb);
  return h("li", {},
    h("div", { class: "row" },
      h("span", {}, h("strong", {}, alias), ` is version ${version}`),
      point.threshold !== null && h("span", { class: "badge" }, `threshold ${point.threshold}`),
      !point.unsure && h("span", { class: "badge" }, "never unsure"),
      h("span", { class: "row end" },
        button("Move", () => here.move({ alias })),
        before !== null && button("Roll back", () => rolledBack(here, one)),
        alias !== "champion" && button("Delete", () => deleted(here, one), { class: "danger" }))),
    h("p", { class: "small soft" }, said(one)),
    one.guard && one.guard.comparisons.length > 0
      && h("details", {}, h("summary", {}, "What the guard saw"), guardWords(one.guard)),
    history(here, alias));
}

function said({ who, why, at, forced, before }) {
  const whom = who === "caller" ? "by a person or a program" : who === "service" ? "by the service"
    : ["by ", h("a", { href: `#/jobs/${who}` }, "its job")];
  return [at ? ["Moved ", ago(at), " ", whom] : "Nobody has moved it yet", before !== null && `, from version ${before}`,
    forced && ", against the guard", why && `: ${why}`];
}

async function rolledBack(here, { alias, before }) {
  const done = await asked({
    title: `Roll ${alias} back?`, verb: `Back to version ${before}`,
    body: [h("p", {}, `${alias} names version ${before} again, as before. Another roll back undoes this.`)],
    act: () => ask(`v1/models/${here.name}/aliases/${alias}/rollback`, { method: "POST" }),
  });
  if (!done) return;
  await here.redraw();
  say(`The ${alias} is version ${done.version} again.`);
}

async function deleted(here, { alias }) {
  const done = await asked({
    title: `Delete the alias ${alias}?`, verb: "Delete it", danger: true,
    body: [h("p", {}, "Whoever asks by this name gets 404 from then on. The version stays.")],
    act: async () => {
      await ask(`v1/models/${here.name}/aliases/${alias}`, { method: "DELETE" });
      return true;
    },
  });
  if (!done) return;
  await here.redraw();
  say(`The alias ${alias} is gone.`);
}

function history(here, alias) {
  const list = h("ol", { class: "small" });
  const box = h("details", {}, h("summary", {}, "History"), list);
  box.addEventListener("toggle", async () => {
    if (!box.open) return;
    const { data } = await ask(`v1/models/${here.name}/aliases/${alias}/history`, { signal: here.signal });
    put(list, data.length === 0 && h("li", {}, "No move is known."),
      data.map((move) => h("li", {}, move.version === null ? "Deleted. " : `Version ${move.version}. `, said(move))));
  });
  return box;
}
