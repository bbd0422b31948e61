// What a job would take, asked again whenever its spec has changed.

import { ask } from "./api.js";
import { h, put } from "./dom.js";
import { bytes, duration, number, problemCard } from "./words.js";

const QUIET_MS = 700; // without a change before it is asked

/**
 * @param {AbortSignal} signal of the view
 * @param {{onspec: (spec: object) => void, onerrors: (errors: object[]) => object[]}} tell `onspec` is
 *   told the whole spec; `onerrors` takes the errors that have a place, and returns the rest
 * @returns {{element: HTMLElement, ask: (spec: object) => void}}
 */
export function estimateCard(signal, { onspec, onerrors }) {
  const inside = h("div", { "aria-live": "polite" }, h("p", { class: "soft" }, "…"));
  const element = h("section", { class: "card", "aria-labelledby": "estimate" }, h("h2", { id: "estimate" }, "What it takes"), inside);
  let timer = 0, asking = new AbortController();

  async function estimate(spec) {
    asking = new AbortController();
    element.setAttribute("aria-busy", "true");
    try {
      const found = await ask("v1/jobs/estimate", { method: "POST", json: spec, signal: asking.signal });
      onerrors([]);
      put(inside, said(found));
      onspec(found.spec);
    } catch (error) {
      if (error.name === "AbortError") return;
      const rest = onerrors(error.errors ?? []);
      const isPlaced = error.errors?.length > 0 && rest.length === 0;
      put(inside, isPlaced ? h("p", { class: "soft" }, "It is told once what is marked is mended.") : problemCard({ ...error, message: error.message, errors: rest }));
    }
    element.removeAttribute("aria-busy");
  }
  signal.addEventListener("abort", () => { clearTimeout(timer); asking.abort(); });
  return { element, ask: (spec) => {
    clearTimeout(timer);
    asking.abort();
    timer = setTimeout(() => estimate(spec), QUIET_MS);
  } };
}

function said({ said: sentence, seconds, at_most: most, memory, disk, parameters, multiplications, layers, checks }) {
  const figure = (value, word) => h("div", {}, h("div", { class: "figure" }, value), h("div", { class: "small soft" }, word));
  return [
    h("div", { class: "figures" }, figure(duration(seconds), most ? "at most" : "of work"), figure(bytes(memory), "of memory"),
      figure(number(parameters), "parameters"), figure(bytes(disk.kept), "of files")),
    h("p", { class: "small" }, sentence),
    h("ul", { class: "checks small" }, checks.map(({ name, outcome, said: words }) => h("li", {},
      h("strong", { class: outcome }, `${outcome}: `), h("span", {}, `${name.replaceAll("_", " ")}. ${words}`)))),
    h("details", {}, h("summary", {}, `${layers.length} layers`), h("p", { class: "small soft" }, `${number(multiplications)} multiplications for one sample.`),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Layers" }, h("table", { class: "small" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Layer"), h("th", { scope: "col" }, "Returns"), h("th", { scope: "col", class: "num" }, "Parameters"))),
        h("tbody", {}, layers.map(({ kind, shape, parameters: count }) => h("tr", {},
          h("td", {}, kind.replaceAll("_", " ")), h("td", {}, shape.join(" × ")), h("td", { class: "num" }, number(count))))))))];
}
