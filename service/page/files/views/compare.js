// Several jobs side by side: in words, in curves, and by the same rows.

import { ask, at } from "../parts/api.js";
import { curlOf } from "../parts/curl.js";
import { h, put } from "../parts/dom.js";
import { every } from "../parts/live.js";
import { FINAL } from "../parts/job_words.js";
import { styles } from "../parts/styles.js";
import { comparedCurves } from "./compare/curves.js";
import { choice } from "./compare/choice.js";
import { differences } from "./compare/differences.js";
import { sameRows } from "./compare/same_rows.js";
import { jobTable } from "./compare/job_table.js";

const AGAIN_S = 5; // while one of them is not over

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, query, signal, title }) {
  title("Compare jobs");
  await Promise.all([styles("parts/chart.css"), styles("views/job.css"), styles("views/compare.css")]);
  const jobs = (query.get("jobs") ?? "").split(",").filter(Boolean);
  const by = query.get("by") ?? "epoch";
  if (jobs.length < 2) return put(root, h("h1", {}, "Compare jobs"), await choice(jobs, signal));
  const path = `v1/compare?${new URLSearchParams({ jobs: jobs.join(","), by })}`;
  const found = await ask(path, { signal });
  const curves = comparedCurves(found, by, jobs, signal);
  const words = h("p", { class: "said-of-them" });
  const [table, rows, differing] = [h("div"), h("div"), h("div")];

  function draw(now) {
    put(words, now.said);
    put(table, jobTable(now));
    put(rows, sameRows(now));
    put(differing, differences(now));
    curves.draw(now);
  }

  draw(found);
  put(root, h("div", { class: "row" }, h("h1", {}, "Compare jobs"), h("a", { class: "button end", href: "#/compare" }, "Choose others")),
    h("section", { class: "card" }, words, table), rows, curves.element, differing, elsewhere(path));
  if (found.jobs.some(({ state }) => !FINAL.has(state))) every(AGAIN_S, async () => draw(await ask(path, { signal })), signal);
}

const elsewhere = (path) => h("details", {}, h("summary", {}, "The same by curl"), h("pre", { tabindex: "0" }, curlOf("GET", path)),
  h("p", { class: "small" }, h("a", { href: at(path) }, "The answer as JSON"), "; with ", h("code", {}, "Accept: text/csv"), " its curves come as a table."));
