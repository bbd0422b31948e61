// Home: what runs, what waits, what is there; and the first steps when nothing is.

import { ask } from "../parts/api.js";
import { datasetCard } from "../parts/dataset_card.js";
import { h, put } from "../parts/dom.js";
import { dropArea, uploadCards } from "../parts/drop.js";
import { every } from "../parts/live.js";
import { redraw } from "../parts/redraw.js";
import { sketchesButton } from "../parts/sketches_button.js";
import { styles } from "../parts/styles.js";
import { ago, badge, duration, percent } from "../parts/words.js";

const AGAIN_S = 3;
const MOST = 3; // of each kind
const SMALL = 64; // pixels on each side of pictures that the first view can afford

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, signal, title }) {
  title("");
  await Promise.all([styles("views/datasets.css"), styles("views/home.css")]);
  const first = h("div", {}), now = h("div", {}), there = h("div", { class: "view" }), head = h("div", {});
  const sketch = h("p", { class: "row drop-buttons" }, "No data at hand?", sketchesButton(signal));
  const load = async () => {
    const is = await situation(signal);
    const isNew = is.datasets.length + is.jobs.length + is.models.length === 0;
    redraw(head, [isNew, summary(is.going)], () => heading(isNew, is.going));
    redraw(now, is.going, () => is.going.length > 0 && goingOn(is.going));
    redraw(there, [is.datasets, is.models, is.jobs], () => whatIsThere(is));
    redraw(first, isNew, () => isNew && steps());
  };
  await load();
  put(root, head, now, dropArea(signal, { more: sketch }), uploadCards(signal), first, there);
  every(AGAIN_S, load, signal);
}

async function situation(signal) {
  const list = async (path, query) => (await ask(path, { query: { limit: MOST, ...query }, signal })).data;
  const [running, queued, paused, importing, datasets, jobs, models] = await Promise.all([
    list("v1/jobs", { state: "running" }), list("v1/jobs", { state: "queued" }), list("v1/jobs", { state: "paused" }),
    list("v1/datasets", { state: "importing" }), list("v1/datasets", {}), list("v1/jobs", {}), list("v1/models", {})]);
  return { going: [...running, ...importing, ...queued, ...paused], datasets, jobs, models };
}

const heading = (isNew, going) => (isNew
  ? [h("h1", {}, "Teach a small network to see"), h("p", { class: "soft" },
    "Give it pictures of a few kinds of things. It learns to tell them apart, and you watch it learn.")]
  : h("h1", {}, summary(going)));

// Counts are of what the lists above have, so "or more" where one of them is full.
function summary(going) {
  const count = (state, word) => {
    const some = going.filter((one) => one.state === state).length;
    return some > 0 && `${some}${some === MOST ? " or more" : ""} ${word}`;
  };
  const said = [count("running", "training"), count("importing", "importing"), count("queued", "waiting"), count("paused", "paused")].filter(Boolean);
  return said.join(", ") || "Nothing runs at the moment";
}

const steps = () => h("ol", { class: "grid steps" },
  [["Bring data", "Drop a zip or a folder in which each kind of thing has a folder of its own, or draw sketches."],
    ["Train", "One click. A good start is chosen for the data; what it takes is told before."],
    ["Ask", "Show it a picture that it has never seen, and look at why it answers as it does."]]
    .map(([word, what]) => h("li", { class: "card" }, h("h2", {}, word), h("p", { class: "soft" }, what))));

const goingOn = (going) => h("section", { class: "card", "aria-labelledby": "now" }, h("h2", { id: "now" }, "Now"),
  h("ul", { class: "going" }, going.map((one) => h("li", {}, one.spec ? jobLine(one) : importLine(one)))));

function jobLine(job) {
  const { epoch, epochs, percent: done, eta_s: left, accuracy } = job.progress ?? {};
  const words = [
    job.state === "queued" && (job.queue_position > 1 ? `${job.queue_position - 1} before it` : "next"),
    epoch && `epoch ${epoch} of ${epochs}`,
    accuracy !== null && accuracy !== undefined && `${percent(accuracy)} of the training rows right`,
    job.state === "running" && left !== null && left !== undefined && `${duration(left)} left`];
  return line(`#/jobs/${job.id}`, job.spec.model, job.state, words, job.state === "queued" ? null : done ?? 0);
}

function importLine({ id, name, state, progress }) {
  const words = [progress ? progress.phase : "waits for a worker", progress?.eta_s != null && `${duration(progress.eta_s)} left`];
  return line(`#/datasets/${id}`, name, state, words, progress?.percent ?? null);
}

const line = (href, name, state, words, done) => [
  h("div", { class: "row" }, h("a", { href }, h("strong", {}, name)), badge(state), h("span", { class: "soft small" }, words.filter(Boolean).join(" · "))),
  done !== null && h("progress", { max: 100, value: done, "aria-label": `${name}: ${Math.round(done)} %` })];

function whatIsThere({ datasets, models, jobs }) {
  return [
    datasets.length > 0 && group("Datasets", "#/datasets", datasets.map((dataset, i) => datasetCard(dataset, {
      isPlain: i > 0 || dataset.shape?.[0] > SMALL,
      actions: dataset.state === "ready" && h("div", {}, h("a", { class: "button", href: `#/jobs/new?dataset=${dataset.id}` }, "Train on it")) }))),
    models.length > 0 && group("Models", "#/models", models.map(modelCard)),
    jobs.length > 0 && group("Jobs", "#/jobs", jobs.map(jobCard))];
}

const group = (word, href, cards) => h("section", {}, h("div", { class: "row" },
  h("h2", {}, word), h("a", { class: "end", href }, `All ${word.toLowerCase()}`)), h("div", { class: "grid tiles" }, cards));

function modelCard({ name, champion, newest, versions }) {
  const version = versions.find((one) => one.version === champion) ?? versions[0];
  return h("article", { class: "card" },
    h("h3", {}, h("a", { href: `#/models/${encodeURIComponent(name)}` }, name)),
    version && h("p", {}, h("span", { class: "figure" }, percent(version.result?.test?.accuracy)), " of the test rows right"),
    h("p", { class: "small soft" }, `version ${champion ?? newest} answers: ${version?.classes.slice(0, MOST).join(", ") ?? ""}`),
    h("a", { class: "button", href: `#/try?model=${encodeURIComponent(name)}` }, "Try it"));
}

const jobCard = (job) => h("article", { class: "card" },
  h("div", { class: "row" }, h("h3", {}, h("a", { href: `#/jobs/${job.id}` }, job.spec.model)), h("span", { class: "end" }, badge(job.state))),
  h("p", {}, job.result?.test ? `${percent(job.result.test.accuracy)} of the test rows right` : job.problem?.detail ?? "No result yet."),
  h("p", { class: "small soft" }, job.spec.recipe ?? job.spec.network?.kind, " · ", ago(job.created_at)));
