// What a job was asked for, and how to ask for it again.

import { curlOf } from "../../parts/curl.js";
import { h } from "../../parts/dom.js";
import { redraw } from "../../parts/redraw.js";

const number = (value) => value.toLocaleString("en");

export class Spec {
  constructor() {
    this.body = h("div");
    this.element = h("section", { class: "card" }, h("h2", {}, "What it was asked for"), this.body);
  }

  draw({ id, spec, summary, gradient_check: check }) {
    redraw(this.body, [spec, summary, check], () => [
      summary && h("div", { class: "scroll" }, layerTable(summary)),
      check && h("p", { class: "soft small" }, "The gradients were proved before the training: ", check.message),
      h("details", {}, h("summary", {}, "The whole spec, as JSON"), h("pre", { tabindex: "0" }, JSON.stringify(spec, null, 2))),
      h("details", {}, h("summary", {}, "The same by curl"),
        h("pre", { tabindex: "0" }, curlOf("GET", `v1/jobs/${id}`), "\n", curlOf("GET", `v1/jobs/${id}/metrics`), "\n", curlOf("POST", `v1/jobs/${id}/retry`, {}))),
    ]);
  }
}

function layerTable(summary) {
  const total = summary.reduce((sum, { parameters }) => sum + parameters, 0);
  return h("table", {}, h("caption", { class: "small soft" }, `${summary.length} layers, ${number(total)} parameters`),
    h("thead", {}, h("tr", {}, ["Layer", "Shape", "Parameters", "Time"].map((name, at) => h("th", { scope: "col", class: at > 1 ? "num" : "" }, name)))),
    h("tbody", {}, summary.map(({ kind, number: at, shape, parameters, time_share: share }) => h("tr", {},
      h("th", { scope: "row" }, `${at ? `${at} ` : ""}${kind.replaceAll("_", " ")}`), h("td", {}, shape.join(" × ")),
      h("td", { class: "num" }, parameters ? number(parameters) : "–"), h("td", { class: "num" }, share === null ? "–" : `${(100 * share).toFixed(0)} %`)))));
}
