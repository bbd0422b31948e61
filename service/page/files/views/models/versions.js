// The versions of a model, newest first: how each did, where it came from, and what can be done with it.

import { ask, at } from "../../parts/api.js";
import { asked } from "../../parts/dialog.js";
import { h, put, say } from "../../parts/dom.js";
import { splitsTable } from "../../parts/measured.js";
import { go } from "../../parts/router.js";
import { ago, bytes, number, percent } from "../../parts/words.js";
import { downloads } from "./downloads.js";

/** @param {object} here as the view of a model has it */
export function versionsCard(here) {
  const list = h("ul", { class: "plain lines" }, here.model.versions.map((one) => line(here, one)));
  const more = h("p", {});
  const next = (after) => put(more, after && h("button", { onclick: () => older(after) }, "Older versions"));

  async function older(after) {
    const page = await ask(`v1/models/${here.name}`, { query: { after }, signal: here.signal });
    here.model.versions.push(...page.versions);
    list.append(...page.versions.map((one) => line(here, one)));
    next(page.next);
  }

  next(here.model.next);
  return h("section", { class: "card", "aria-labelledby": "versions" }, h("h2", { id: "versions" }, "Versions"), list, more);
}

function line(here, one) {
  const { version, result } = one;
  const split = ["test", "validation", "train"].find((name) => result[name]);
  const [low, high] = result[split].accuracy_interval;
  const button = (verb, how, attributes = {}) => h("button", {
    data: { key: `${verb}-${version}` }, "aria-label": `${verb}, version ${version}`, onclick: how, ...attributes }, verb);
  return h("li", {},
    h("div", { class: "row" },
      h("h3", {}, `Version ${version}`), one.aliases.map((alias) => h("span", { class: "badge ready" }, alias)),
      h("span", {}, h("strong", {}, percent(result[split].accuracy)),
        h("span", { class: "soft small" }, ` of ${number(result[split].rows)} ${split} rows, ${percent(low)} – ${percent(high)}`)),
      h("span", { class: "row end" },
        version !== here.model.champion && button("Promote", () => here.move({ alias: "champion", version })),
        h("a", { class: "button", href: `#/try?model=${here.name}&version=${version}`,
          "aria-label": `Try version ${version}` }, "Try"),
        here.model.total > 1 && button("Delete", () => deleted(here, one), { class: "danger" }))),
    h("p", { class: "small soft" }, ago(one.created_at), ", by ", h("a", { href: `#/jobs/${one.job}` }, "its job"), " on ",
      h("a", { href: `#/datasets/${one.dataset.id}` }, "its dataset"), started(one), `, ${bytes(one.bytes)}`,
      one.ended_by && one.ended_by !== "epochs" && `, ended by ${one.ended_by.replaceAll("_", " ")}`),
    more(here, one));
}

function started({ parents }) {
  return parents.map(({ model, version }) => [", from ", h("a", { href: `#/models/${model}` }, `${model} ${version}`)]);
}

function more(here, one) {
  const box = h("details", {}, h("summary", {}, "Results, downloads, spec"));
  box.addEventListener("toggle", () => {
    if (box.open && box.children.length === 1) box.append(h("div", { class: "stack" }, inside(here, one)));
  });
  return box;
}

function inside(here, one) {
  const path = `v1/models/${here.name}/versions/${one.version}`;
  const pictures = one.preprocessing.kind === "picture" && one.result.test;
  return [
    splitsTable(one.result),
    pictures && wrongAnswers(path),
    h("h4", {}, "Take it away"), downloads(here, one),
    h("h4", {}, "Was it so?"),
    h("p", {}, "Train it again, by the same spec on the same rows, and compare byte for byte. ",
      h("button", { "aria-label": `Verify version ${one.version}`, onclick: () => verified(path) }, "Verify")),
    h("details", {}, h("summary", {}, "Its spec"),
      h("pre", { tabindex: 0, role: "region", "aria-label": `Spec of version ${one.version}` }, JSON.stringify(one.spec, null, 2))),
    h("p", { class: "small soft" }, "Weights ", h("code", {}, one.digest)),
  ];
}

function wrongAnswers(path) {
  const box = h("details", {}, h("summary", {}, "Pictures that it took for something else"));
  box.addEventListener("toggle", () => {
    if (box.open && box.children.length === 1) {
      box.append(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Wrong answers" },
        h("img", { src: at(`${path}/errors.png`).href, class: "sheet",
          alt: "Test pictures that were answered wrong, the surest first, each over its row and its answer",
          onerror: () => put(box, h("summary", {}, "Pictures that it took for something else"),
            h("p", {}, "There are none to show.")) })));
    }
  });
  return box;
}

async function verified(path) {
  const job = await ask(`${path}/verify`, { method: "POST" });
  go(`/jobs/${job.id}`);
}

async function deleted(here, { version, aliases }) {
  const path = `v1/models/${here.name}/versions/${version}`;
  const done = await asked({
    title: `Delete version ${version}?`, verb: "Delete it", danger: true,
    body: [h("p", {}, "It goes to the trash, from where it can be restored. Nothing answers by it any more."),
      aliases.length > 0 && h("p", {}, `${aliases.join(", ")} must name another version first.`)],
    act: async () => {
      await ask(path, { method: "DELETE" });
      return true;
    },
  });
  if (!done) return;
  await here.redraw();
  say(`Version ${version} is in the trash.`);
}
