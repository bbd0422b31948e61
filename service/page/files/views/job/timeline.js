// What happened to a job, as it happened.

import { h } from "../../parts/dom.js";
import { redraw } from "../../parts/redraw.js";
import { duration } from "../../parts/words.js";

const MOST = 200; // the last ones that are shown

export class Timeline {
  constructor() {
    this.list = h("ol", { class: "timeline" });
    this.element = h("section", { class: "card" }, h("h2", {}, "What happened"), this.list);
  }

  /** @param {Array<{at: Date, state?: string, why?: string, attempt?: number, finding?: object}>} happened */
  draw(happened) {
    const left = Math.max(0, happened.length - MOST);
    redraw(this.list, happened.length, () => [
      left > 0 && h("li", { class: "soft" }, `${left} earlier ones`),
      happened.slice(left).map((one, index) => line(one, happened[left + index - 1])),
    ]);
  }
}

function line({ at, state, why, attempt, finding }, before) {
  const since = before ? (at - before.at) / 1000 : null;
  return h("li", { class: state ?? finding.severity },
    h("time", { datetime: at.toISOString(), title: at.toLocaleString() }, at.toLocaleTimeString()),
    h("span", {}, h("b", {}, state ?? "finding"), " ", state ? why : `${finding.code.replaceAll("_", " ")}: ${finding.message}`,
      state === "running" && attempt > 1 && ` (attempt ${attempt})`,
      since !== null && since >= 0.1 && h("span", { class: "soft" }, ` · ${duration(since)} later`)));
}
