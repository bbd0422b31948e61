// What the doctor sees, and the button that follows its advice.

import { ask } from "../../parts/api.js";
import { curlOf } from "../../parts/curl.js";
import { h, put, say } from "../../parts/dom.js";
import { redraw } from "../../parts/redraw.js";
import { go } from "../../parts/router.js";
import { problemCard } from "../../parts/words.js";

export class Findings {
  /** @param {import("../../parts/job_feed.js").JobFeed} feed */
  constructor(feed) {
    this.feed = feed;
    this.keys = new Map(); // by codes: so that asking twice is one job
    this.list = h("div");
    this.trouble = h("div");
    this.element = h("section", { class: "card" }, h("h2", {}, "What the doctor says"), this.list, this.trouble);
  }

  draw(job) {
    const { findings, state } = job;
    const helpful = findings.filter(({ patch }) => patch.length);
    this.element.hidden = state === "queued" && !findings.length;
    redraw(this.list, [findings, state], () => [
      !findings.length && h("p", { class: "soft" }, state === "running" ? "Nothing to complain about so far." : "Nothing to complain about."),
      findings.map((finding) => this.#finding(finding, job)),
      helpful.length > 1 && h("p", {}, h("button", { id: "apply-all", onclick: (event) => this.#apply("all", event.target) }, "Apply all, as one new job")),
    ]);
  }

  #finding({ code, severity, message, patch, evidence }, { spec, id }) {
    const words = patch.map((change) => changeWords(change, spec));
    return h("article", { class: `finding ${severity}` },
      h("h3", {}, code.replaceAll("_", " "), " ", h("span", { class: `badge ${severity}` }, severity)), h("p", {}, message),
      words.length > 0 && h("ul", { class: "changes" }, words.map((one) => h("li", {}, one))),
      h("div", { class: "row" },
        patch.length > 0 && h("button", { class: "primary", id: `apply-${code}`, onclick: (event) => this.#apply([code], event.target) }, "Apply, as a new job"),
        h("details", { class: "small" }, h("summary", {}, "Why, and how to ask for it"),
          h("pre", {}, JSON.stringify(evidence, null, 1)),
          patch.length > 0 && h("pre", {}, curlOf("POST", `v1/jobs/${id}/retry`, { findings: [code] })))));
  }

  async #apply(findings, button) {
    const { id } = this.feed;
    const name = String(findings);
    if (!this.keys.has(name)) this.keys.set(name, randomKey());
    button.disabled = true;
    put(this.trouble);
    try {
      const next = await ask(`v1/jobs/${id}/retry`, { method: "POST", json: { findings }, headers: { "Idempotency-Key": this.keys.get(name) } });
      this.keys.delete(name);
      go(`/jobs/${next.id}?over=${id}`);
      say(`A new job has begun, in which ${next.changes.map(({ path, before, after }) => `${path.slice(1)} is ${said(after)} instead of ${said(before)}`).join(", and ")}.`);
    } catch (error) {
      button.disabled = false;
      put(this.trouble, problemCard(error));
    }
  }
}

/** A change that a patch makes, beside what is there now. */
function changeWords({ path, value, op }, spec) {
  const before = path.split("/").slice(1).reduce((inner, name) => inner?.[name.replaceAll("~1", "/").replaceAll("~0", "~")], spec);
  return [h("code", {}, path.slice(1)), `: ${said(before)} → ${op === "remove" ? "nothing" : said(value)}`];
}

const said = (value) => (value === undefined || value === null ? "nothing" : typeof value === "string" ? value : JSON.stringify(value));

function randomKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
