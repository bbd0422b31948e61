// Pictures that are dropped, pasted, chosen or taken, each with what the model says of it.

import { ask } from "../../parts/api.js";
import { h, put, say } from "../../parts/dom.js";
import { problemCard } from "../../parts/words.js";
import { about, answerWords } from "./answer.js";
import { camera } from "./camera.js";
import { correction } from "./correction.js";
import { correctionsCard } from "./corrections.js";
import { why } from "./why.js";

const MOST = 64; // the API takes so many at once
const MOST_BYTES = 32_000_000; // in one question

/** What was asked, the newest first, for as long as the page is open: `file`, `url`, `label`. */
const kept = [];

/** @param {object} here the view's `root`, `signal`, and who is asked: `path`, `model`, `version` */
export function askPictures(here) {
  const { root, signal } = here;
  const list = h("ul", { class: "asked plain" });
  const said = h("div", { "aria-live": "polite" });
  const corrections = correctionsCard(here, kept);
  const forget = h("button", { onclick: cleared }, "Forget these pictures");
  put(root, dropZone(here, taken), said, list, corrections.root, h("p", {}, forget));
  addEventListener("paste", (event) => taken([...event.clipboardData.files]), { signal });
  added(kept);
  answer(kept);

  function taken(files) {
    const pictures = files.filter((file) => file.size > 0);
    if (pictures.length === 0) return;
    if (pictures.length > MOST) say(`The first ${MOST} of ${pictures.length} are asked about.`);
    const items = pictures.slice(0, MOST).map((file) => ({ file, url: URL.createObjectURL(file), label: null }));
    kept.unshift(...items);
    kept.splice(MOST).forEach(forgotten);
    added(items);
    answer(items);
  }

  // What is there stays in its place: somebody may be choosing a label in it.
  function added(items) {
    for (const item of items) item.card = card(here, item, corrections.update, (one) => answer([one]));
    list.prepend(...items.map((item) => item.card.root));
    told();
  }

  function told() {
    forget.hidden = kept.length === 0;
    corrections.update();
  }

  function cleared() {
    kept.splice(0).forEach(forgotten);
    put(said);
    told();
  }

  async function answer(items) {
    for (const together of parcels(items)) {
      const found = await answered(here, together);
      if (signal.aborted) return;
      if (found) put(said, about(found));
    }
    if (items.length === 1 && items[0].prediction) items[0].card.explain();
  }

  signal.addEventListener("abort", () => kept.forEach((item) => { delete item.card; delete item.prediction; }));
}

function forgotten({ url, card: { root } }) {
  URL.revokeObjectURL(url);
  root.remove();
}

function dropZone({ signal, version }, taken) {
  const { height, width } = version.preprocessing;
  const input = h("input", { type: "file", "aria-label": "Pictures", hidden: true, multiple: true, accept: "image/*,.heic",
    onchange: () => { taken([...input.files]); input.value = ""; } });
  const zone = h("section", { class: "card drop", "aria-label": "Pictures" },
    h("p", { class: "big" }, "Drop pictures here, or paste them"),
    h("p", {}, h("button", { type: "button", onclick: () => input.click() }, "Choose pictures"), input),
    camera({ taken: (file) => taken([file]), signal }),
    h("p", { class: "small soft" },
      `The model sees each as ${width} × ${height} pixels. They go to this service and are kept by nobody.`));
  const over = (is) => (event) => { event.preventDefault(); zone.classList.toggle("over", is); };
  addEventListener("dragover", over(true), { signal });
  addEventListener("dragleave", over(false), { signal });
  addEventListener("drop", (event) => {
    over(false)(event);
    taken([...event.dataTransfer.files]);
  }, { signal });
  return zone;
}

// As many at once as a body may have.
function parcels(items) {
  const found = [];
  let bytes = Infinity;
  for (const item of items) {
    if (bytes + item.file.size > MOST_BYTES) {
      found.push([]);
      bytes = 0;
    }
    found.at(-1).push(item);
    bytes += item.file.size;
  }
  return found;
}

async function answered({ path, signal }, items) {
  const form = new FormData();
  for (const { file } of items) form.append("image", file, file.name);
  try {
    const found = await ask(`${path}/predict`, { method: "POST", body: form, signal });
    found.predictions.forEach((one, i) => items[i].card.told(one, found));
    return found;
  } catch (error) {
    if (error.name === "AbortError") return null;
    for (const item of items) item.card.failed(error);
    return null;
  }
}

function card(here, item, corrected, again) {
  const words = h("div", { class: "asked-words", "aria-live": "polite" }, h("p", { class: "soft" }, "Asking …"));
  const more = h("div", { class: "asked-why" });
  const picture = h("img", { src: item.url, alt: `Your picture ${item.file.name}`, onerror: () =>
    picture.replaceWith(h("p", { class: "soft small" },
      "This browser cannot draw this kind of picture; the model may read it.")) });
  const root = h("li", { class: "card" },
    h("div", { class: "asked-picture" }, picture, h("p", { class: "small soft" }, item.file.name)), words, more);
  const failed = (error) => put(words, problemCard(error, error.status === 429 || error.status === 0 ? () => again(item) : null));

  function told(found, answer) {
    if (found.problem) return failed({ ...found.problem, message: found.problem.detail });
    item.prediction = found;
    item.answered = answer.version;
    put(words, answerWords(found), h("div", { class: "row" }, correction(here, item, corrected),
      h("button", { class: "end", onclick: explain, "aria-label": `Why? ${item.file.name}` }, "Why?")));
  }

  const explain = () => why(here, item, more);
  return { root, told, failed, explain };
}
