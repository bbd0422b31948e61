// Datasets: where they come in, and what is there.

import { ask } from "../parts/api.js";
import { datasetCard } from "../parts/dataset_card.js";
import { field } from "../parts/dialog.js";
import { h, put } from "../parts/dom.js";
import { dropArea, uploadCards } from "../parts/drop.js";
import { every } from "../parts/live.js";
import { redraw } from "../parts/redraw.js";
import { restoreButton } from "../parts/restore_button.js";
import { styles } from "../parts/styles.js";
import { uploadOptions } from "../parts/upload_options.js";
import { watch } from "../parts/uploads.js";

const STATES = [["", "All"], ["ready", "Ready"], ["importing", "Importing"], ["rejected", "Rejected"], ["trashed", "In the trash"]];
const KINDS = [["", "All"], ["images", "Pictures"], ["table", "Tables"]];
const AGAIN_S = 3;

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, signal, title }) {
  title("Datasets");
  await styles("views/datasets.css");
  const options = uploadOptions();
  const list = lister(signal);
  put(root,
    h("h1", {}, "Datasets"),
    dropArea(signal, { query: options.query }), options.element, uploadCards(signal),
    h("section", { "aria-labelledby": "there" }, h("div", { class: "row" }, h("h2", { id: "there" }, "What is there"),
      h("span", { class: "end filters" }, list.filters)), list.element));
  watch(({ state }) => { if (state === "done") list.load().catch(() => {}); }, signal);
  every(AGAIN_S, list.load, signal);
  await list.load();
}

function lister(signal) {
  const found = h("div", { class: "grid tiles" });
  const more = h("button", { hidden: true, onclick: () => { pages += 1; load(); } }, "Show more");
  const [state, kind] = [STATES, KINDS].map((all) =>
    h("select", { onchange: () => { pages = 1; load(); } }, all.map(([value, word]) => h("option", { value }, word))));
  let pages = 1;

  async function load() {
    const data = [];
    let after = null;
    for (let page = 0; page < pages; page++) {
      const answer = await ask("v1/datasets", { query: { state: state.value, kind: kind.value, limit: 24, after }, signal });
      data.push(...answer.data);
      if (!(after = answer.next)) break;
    }
    more.hidden = after === null;
    redraw(found, data, () => (data.length ? data.map(card) : h("p", { class: "empty" }, emptiness(state.value, kind.value))));
  }

  const card = (dataset) => datasetCard(dataset, { actions: dataset.state === "trashed" && restoring(dataset, load) });
  return { load, filters: [field("State", state), field("Kind", kind)], element: [found, more] };
}

function restoring(dataset, load) {
  const [button, wrong] = restoreButton(`v1/datasets/${dataset.id}`, dataset.name, load);
  return [h("p", { class: "small soft" }, `It goes for good on ${new Date(dataset.trashed_until).toLocaleDateString()}.`),
    h("div", {}, button), wrong];
}

function emptiness(state, kind) {
  if (state === "trashed") return "The trash is empty.";
  if (state || kind) return "None is like that.";
  return "There is none yet. Drop a zip or a folder above, and it is looked through at once.";
}
