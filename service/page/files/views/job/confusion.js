// Which classes were taken for which, and the pictures behind each number.

import { ask, at } from "../../parts/api.js";
import { h, put } from "../../parts/dom.js";
import { percent, problemCard } from "../../parts/words.js";

const MANY = 20; // classes from which on the matrix is folded away
const WORST = 5; // confusions that are told in words
const PAGE = 48; // pictures at once

/** The matrix of a split; each cell opens the rows that it counts. */
export class Confusion {
  /**
   * @param {{job: object, scores: object, classes: string[], pictures: boolean, there: boolean,
   *   signal: AbortSignal}} how `scores` by split; `there`: the version is still there to be asked
   */
  constructor({ job, scores, classes, pictures, there, signal }) {
    Object.assign(this, { job, scores, classes, pictures, there, signal });
    const splits = ["test", "validation", "train"].filter((split) => scores[split]?.confusion);
    this.split = splits[0];
    this.body = h("div");
    this.opened = h("section", { class: "opened", "aria-live": "polite" });
    this.element = h("div", { class: "confusion" }, h("h3", {}, "What was taken for what"),
      splits.length > 1 && h("div", { class: "segments", role: "group", "aria-label": "Rows" }, splits.map((split) => [
        h("input", { type: "radio", name: "split", id: `split-${split}`, checked: split === this.split, onchange: () => this.#choose(split) }),
        h("label", { for: `split-${split}` }, split)])),
      this.body, this.opened);
    this.#draw();
  }

  #choose(split) {
    this.split = split;
    put(this.opened);
    this.#draw();
  }

  #draw() {
    const { confusion } = this.scores[this.split];
    const wrong = confusion.flatMap((row, truth) => row.map((count, said) => ({ count, truth, said }))).filter(({ count, truth, said }) => count && truth !== said);
    const worst = wrong.sort((one, other) => other.count - one.count).slice(0, WORST);
    const matrix = h("div", { class: "scroll" }, this.#matrix(confusion));
    put(this.body,
      h("p", {}, worst.length ? "Most often: " : "Nothing was taken for anything else.", worst.map(({ count, truth, said }, at) => [at > 0 && ", ",
        `${count} of ${this.classes[truth]} for ${this.classes[said]}`]), worst.length > 0 && ". Rows are what it is, columns what was answered; open a number to see what is behind it."),
      this.classes.length > MANY ? h("details", {}, h("summary", {}, `All ${this.classes.length} classes`), matrix) : matrix);
  }

  #matrix(confusion) {
    const sums = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
    return h("table", { class: "matrix" }, h("caption", { class: "hidden-text" }, "What was taken for what"),
      h("thead", {}, h("tr", {}, h("td"), this.classes.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, confusion.map((row, truth) => h("tr", {}, h("th", { scope: "row" }, this.classes[truth]),
        row.map((count, said) => this.#cell(count, truth, said, sums[truth]))))));
  }

  #cell(count, truth, said, sum) {
    const share = sum ? count / sum : 0;
    const right = truth === said;
    const opens = count > 0 && this.there && (!right || this.pictures);
    const words = `${count} of ${this.classes[truth]} answered ${this.classes[said]}`;
    const cell = h("td", { class: right ? "right" : "wrong-cell" },
      opens ? h("button", { class: "cell", "aria-label": words, onclick: () => this.#open(truth, said) }, count) : h("span", { class: count ? "" : "soft" }, count));
    cell.style.setProperty("--share", `${Math.round(60 * share)}%`);
    return cell;
  }

  #open(truth, said) {
    const [is, answered] = [this.classes[truth], this.classes[said]];
    const close = h("button", { class: "quiet end", onclick: () => put(this.opened) }, "Close");
    const list = h("div", { class: "pictures" });
    const foot = h("p", { class: "soft small" });
    const head = truth === said ? `${is}, answered so` : `${is}, taken for ${answered}`;
    put(this.opened, h("div", { class: "row" }, h("h3", { tabindex: "-1" }, head), close), list, foot);
    this.opened.querySelector("h3").focus();
    const shown = truth === said ? Promise.resolve(this.#sheet(list, foot, is)) : this.#wrong(list, foot, is, answered, null);
    shown.catch((error) => { if (error.name !== "AbortError") put(foot, problemCard(error)); });
  }

  /** Rows that are right are not listed one by one: the sheet of their class shows them. */
  #sheet(list, foot, name) {
    const path = `v1/datasets/${this.job.spec.dataset}/preview.png`;
    put(list, h("img", { class: "sheet", src: at(path, { split: this.split, class: name, rows: PAGE }), alt: `Pictures of ${name}`,
      onerror: () => put(list, h("p", {}, "These pictures are not there any more.")) }));
    put(foot, `Pictures of ${name} among the ${this.split} rows; a few may be among those answered wrong.`);
  }

  async #wrong(list, foot, truth, predicted, after) {
    const { name, version } = this.job.model;
    const query = { split: this.split, true: truth, predicted, limit: PAGE, after };
    const { data, next } = await ask(`v1/models/${name}/versions/${version}/errors`, { query, signal: this.signal });
    list.append(...data.map(answer));
    put(foot, data.length === 0 && after === null && "None of these rows is kept.",
      next && h("button", { onclick: () => this.#wrong(list, foot, truth, predicted, next) }, "Show more"));
  }
}

/** A row that was answered wrong. */
function answer({ row, split, name, predicted, probability, picture, looks_mislabelled: doubtful, true: truth }) {
  return h("figure", { class: doubtful ? "doubtful" : "" },
    picture ? h("img", { src: picture, alt: `${truth}, row ${row}`, loading: "lazy" }) : h("p", { class: "no-picture" }, `row ${row}`),
    h("figcaption", { class: "small" }, h("b", {}, percent(probability, 0)), ` ${predicted}`, h("br"),
      h("span", { class: "soft", title: name ?? "" }, `${split} ${row}`), doubtful && [h("br"), "its label may be wrong"]));
}
