// All jobs, the newest first: filtered by the address, live, and as many as there are.

import { keepAges } from "../parts/ages.js";
import { h, put } from "../parts/dom.js";
import { every } from "../parts/live.js";
import { styles } from "../parts/styles.js";
import { WindowList } from "../parts/window_list.js";
import { problemCard } from "../parts/words.js";
import { addressOf, filterForm, filtersOf } from "./jobs/filters.js";
import { JobPages } from "./jobs/job_pages.js";
import { drawRow } from "./jobs/row.js";

const AGAIN_S = 2;
const MOST_COMPARED = 20;

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, query, signal, title }) {
  title("Jobs");
  await styles("views/jobs.css");
  const jobs = new JobList(signal);
  const filters = filtersOf(query);
  put(root,
    h("div", { class: "row" }, h("h1", {}, "Jobs"), h("a", { class: "button primary end", href: "#/jobs/new" }, "New job")),
    filterForm(filters, (wanted) => {
      // Not by the router, which would draw all anew: who types keeps the place.
      history.pushState(null, "", `#${addressOf(wanted)}`);
      jobs.filter(wanted).catch((error) => jobs.failed(error));
    }, signal),
    jobs.bar, jobs.trouble, jobs.list.element, jobs.foot);
  await jobs.filter(filters);
  every(AGAIN_S, () => jobs.refresh(), signal);
  keepAges(jobs.list.element, signal);
}

class JobList {
  constructor(signal) {
    this.signal = signal;
    this.chosen = new Set();
    this.foot = h("p", { class: "soft small", role: "status" });
    this.trouble = h("div");
    this.bar = h("div", { class: "compare-bar row", hidden: true });
    const picked = { has: (id) => this.chosen.has(id), set: (id, on) => this.pick(id, on) };
    this.list = new WindowList({
      label: "Jobs, the newest first", keyOf: (job) => job.id, signal,
      draw: (row, job) => drawRow(row, job, picked), onend: () => this.more(),
    });
  }

  /** Show what passes these filters. @throws {Problem} */
  async filter(filters) {
    const pages = new JobPages(filters, this.signal);
    this.filtered = addressOf(filters) !== "/jobs";
    this.pages = pages;
    await pages.more();
    if (pages !== this.pages) return; // others are wanted by now
    put(this.trouble);
    this.show();
  }

  async more() {
    const pages = this.pages;
    try {
      await pages.more();
    } catch (error) {
      return this.failed(error);
    }
    if (pages === this.pages) this.show();
  }

  async refresh() {
    const pages = this.pages;
    if (pages.reading) return;
    const above = await pages.refresh(this.list.shown());
    if (pages !== this.pages) return;
    this.show();
    // Who reads further down is not moved by what comes on top.
    if (above && this.list.element.getBoundingClientRect().top < 0) scrollBy(0, above * this.list.height());
  }

  failed(error) {
    if (error.name === "AbortError") return;
    put(this.trouble, problemCard(error, () => { put(this.trouble); this.more(); }));
  }

  show() {
    const { items, complete } = this.pages;
    this.list.show(items, complete);
    const count = items.length.toLocaleString("en");
    if (items.length) put(this.foot, complete ? `${count} ${items.length === 1 ? "job" : "jobs"}, all that there are.` : `${count} jobs so far; more come as you go down.`);
    else if (complete) put(this.foot, this.empty());
    else put(this.foot, "Looking for jobs that fit …");
  }

  empty() {
    if (this.filtered) return h("span", { class: "empty" }, "No job fits. Take a filter away to see more.");
    return h("span", { class: "empty" }, "There are no jobs yet. ", h("a", { href: "#/jobs/new" }, "Train a first network"),
      ", or ", h("a", { href: "#/datasets" }, "upload pictures"), " to learn from.");
  }

  pick(id, on) {
    if (on) this.chosen.add(id);
    else this.chosen.delete(id);
    const count = this.chosen.size;
    this.bar.hidden = count === 0;
    put(this.bar,
      count < 2 ? h("span", {}, "Choose another job to compare this one with.")
        : count > MOST_COMPARED ? h("span", {}, `${count} are chosen; ${MOST_COMPARED} at most can be compared.`)
          : h("a", { class: "button primary", href: `#/compare?jobs=${[...this.chosen].join(",")}` }, `Compare ${count} jobs`),
      h("button", { class: "quiet", onclick: () => this.unpick() }, "Choose none"));
  }

  unpick() {
    this.chosen.clear();
    this.bar.hidden = true;
    for (const box of this.list.element.querySelectorAll("input:checked")) box.checked = false;
  }
}
