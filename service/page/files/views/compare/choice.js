// Which jobs are to be compared: the newest, to be ticked.

import { ask } from "../../parts/api.js";
import { h, put } from "../../parts/dom.js";
import { jobName, standing } from "../../parts/job_words.js";
import { go } from "../../parts/router.js";
import { badge } from "../../parts/words.js";

const NEWEST = 50;
const MOST = 20; // that the service compares at once

/** @param {string[]} chosen ids that are ticked from the start */
export async function choice(chosen, signal) {
  const { data } = await ask("v1/jobs", { query: { limit: NEWEST }, signal });
  if (data.length < 2) {
    return h("p", { class: "empty" }, "It takes two jobs to compare, and there ", data.length ? "is one" : "is none", " yet. ", h("a", { href: "#/jobs/new" }, "Train a network"), ".");
  }
  const button = h("button", { class: "primary" }, "Compare");
  const form = h("form", { class: "card", onchange: count, onsubmit: (event) => { event.preventDefault(); go(`/compare?jobs=${ticked().join(",")}`); } },
    h("p", {}, `Choose 2 to ${MOST} jobs. The same is found in the `, h("a", { href: "#/jobs" }, "list of all jobs"), "."),
    h("ul", { class: "choice" }, data.map((job) => h("li", {}, h("label", { class: "row" },
      h("input", { type: "checkbox", name: "job", value: job.id, checked: chosen.includes(job.id) }), h("span", {}, jobName(job)), badge(job.state), h("span", { class: "soft small" }, standing(job)))))), button);
  const ticked = () => new FormData(form).getAll("job");
  function count() {
    const many = ticked().length;
    button.disabled = many < 2 || many > MOST;
    put(button, many > MOST ? `${many} chosen; ${MOST} at most` : many < 2 ? "Compare: choose two or more" : `Compare ${many} jobs`);
  }
  count();
  return form;
}
