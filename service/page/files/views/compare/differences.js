// Where compared jobs differ.

import { h } from "../../parts/dom.js";
import { letter } from "./letters.js";

const NAMES = { spec: "What was asked for", dataset: "What they learn from", environment: "Where they were trained" };

export function differences({ jobs, differences: found }) {
  const kinds = Object.keys(NAMES).filter((kind) => found[kind].length);
  return h("section", { class: "card" }, h("h2", {}, "Where they differ"),
    kinds.length === 0 && h("p", { class: "soft" }, "In nothing that is known."),
    kinds.map((kind) => [h("h3", {}, NAMES[kind]), h("div", { class: "scroll" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Place"), jobs.map((_, at) => h("th", { scope: "col" }, letter(at))))),
      h("tbody", {}, found[kind].map(({ path, values }) => h("tr", {}, h("th", { scope: "row" }, h("code", {}, path.replace(/^\//, ""))),
        values.map((value) => h("td", {}, said(value))))))))]));
}

const said = (value) => (value === null ? "–" : typeof value === "string" ? value : JSON.stringify(value));
