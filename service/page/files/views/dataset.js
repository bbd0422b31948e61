// One dataset: how far its import is, what was found, its pictures, its rows, its versions.

import { ask } from "../parts/api.js";
import { classTable } from "../parts/class_table.js";
import { contactSheet } from "../parts/contact_sheet.js";
import { classesOf, rowsOf, titleOf } from "../parts/dataset_card.js";
import { datasetFindings } from "../parts/dataset_findings.js";
import { asked } from "../parts/dialog.js";
import { h, put, say } from "../parts/dom.js";
import { every } from "../parts/live.js";
import { restoreButton } from "../parts/restore_button.js";
import { shown } from "../parts/router.js";
import { rowEditor } from "../parts/row_editor.js";
import { statistics } from "../parts/statistics.js";
import { styles } from "../parts/styles.js";
import { trainButton } from "../parts/train_button.js";
import { versions } from "../parts/versions.js";
import { wholeEdits } from "../parts/whole_edits.js";
import { ago, badge, bytes, duration, number, problemCard } from "../parts/words.js";

const LOOK_S = 0.5; // between looks at an import
const TOLD_FROM = 2; // percent: before, nobody knows how long it takes
const PHASES = {
  reading: "The files are looked through.", measuring: "The rows are gone over once.", converting: "Rows are read and written.",
  checking: "The rows are looked at for what a person would want to know.", publishing: "It is being made durable."};

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, params, query, signal, title }) {
  const [dataset] = await Promise.all([ask(`v1/datasets/${encodeURIComponent(params.id)}`, { signal }), styles("views/datasets.css"), styles("views/dataset.css")]);
  title(titleOf(dataset));
  put(root, head(dataset));
  if (dataset.state === "importing") return importing(root, dataset, signal);
  if (dataset.state === "trashed") return root.append(trashed(dataset));
  if (dataset.state !== "ready") return root.append(...ended(dataset));
  return ready(root, dataset, query, signal);
}

function head(dataset) {
  const { shape, kind } = dataset;
  const size = !shape ? "" : kind === "images" ? `pictures of ${shape[1]} × ${shape[0]}` : `${number(shape[0])} features`;
  const facts = [classesOf(dataset), rowsOf(dataset), size, bytes(dataset.bytes)].filter(Boolean).join(" · ");
  return h("header", {}, h("div", { class: "row" }, h("h1", {}, titleOf(dataset)), badge(dataset.state)),
    h("p", { class: "soft" }, facts, " · ", ago(dataset.created_at)));
}

function importing(root, { id }, signal) {
  const bar = h("progress", { "aria-label": "Import" });
  const phase = h("p", { role: "status" }), left = h("p", { class: "soft small" });
  const cancel = h("button", { onclick: async () => { await ask(`v1/datasets/${id}/cancel`, { method: "POST" }); shown(); } }, "Cancel");
  root.append(h("section", { class: "card" }, h("h2", {}, "It is being imported"), bar, phase, left, cancel));

  async function look() {
    const { state, progress } = await ask(`v1/datasets/${id}`, { signal });
    if (state !== "importing") {
      say(state === "ready" ? "It is ready." : `It is ${state}.`);
      return shown();
    }
    const said = progress ? PHASES[progress.phase] ?? progress.phase : "It waits for a worker.";
    if (phase.textContent !== said) phase.textContent = said;
    if (progress?.percent == null) bar.removeAttribute("value");
    else Object.assign(bar, { max: 100, value: progress.percent });
    left.textContent = [progress?.done != null && `${number(progress.done)}${progress.total ? ` of ${number(progress.total)}` : ""} rows`,
      progress?.eta_s != null && progress.percent > TOLD_FROM && `${duration(progress.eta_s)} left`].filter(Boolean).join(", ");
  }
  every(LOOK_S, look, signal);
  return look();
}

const section = (name, word, ...children) => h("section", { class: "card", "aria-labelledby": name }, h("h2", { id: name }, word), children);

async function ready(root, dataset, query, signal) {
  const [lineage, whole] = await Promise.all([versions(dataset, signal), wholeEdits(dataset, signal)]);
  const isPictures = dataset.kind === "images";
  root.append(h("div", {}, trainButton(dataset)),
    section("findings", "What was found", datasetFindings(dataset)),
    isPictures ? section("pictures", "Pictures", contactSheet(dataset)) : "",
    section("classes", "Classes", classTable(dataset), statistics(dataset, signal)),
    section("row", "A row", rowEditor(dataset, { split: query.get("split"), row: query.get("row") }, signal)),
    section("versions", "Versions", lineage, h("details", {}, h("summary", {}, "Make another one"), whole)),
    h("p", {}, h("button", { class: "danger", onclick: () => remove(dataset) }, "Delete")));
  if (query.has("row")) root.querySelector("#row").scrollIntoView();
}

function ended(dataset) {
  const tell = { rejected: "The files were not taken.", cancelled: "The import was cancelled; nothing of it was kept.",
    checked: "It was only looked at: nothing but this report was kept." };
  return [h("p", {}, tell[dataset.state] ?? ""),
    ...(dataset.problem ? [problemCard({ ...dataset.problem, message: dataset.problem.detail })] : []),
    ...(dataset.state === "checked" ? [section("findings", "What was found", datasetFindings(dataset))] : []),
    h("p", { class: "row" }, h("a", { class: "button", href: "#/datasets" }, "Send other files"),
      h("button", { class: "danger", onclick: () => remove(dataset) }, "Delete"))];
}

function trashed(dataset) {
  const restore = restoreButton(`v1/datasets/${dataset.id}`, dataset.name, shown, { words: "Restore it", class: "primary" });
  return h("section", { class: "card" }, h("h2", {}, "It is in the trash"),
    h("p", {}, `It goes for good on ${new Date(dataset.trashed_until).toLocaleString()}.`), restore);
}

async function remove(dataset) {
  const done = await asked({ title: `Delete ${titleOf(dataset)}?`, danger: true, verb: "Delete it",
    body: [h("p", {}, "It goes into the trash, from which it can be restored for some days. Models that learned from it stay.")],
    act: () => ask(`v1/datasets/${dataset.id}`, { method: "DELETE" }).then(() => true) });
  if (!done) return;
  say(`${dataset.name} is in the trash.`);
  shown();
}
