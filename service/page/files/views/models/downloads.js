// A version as files. An export that is not there yet is made first, and that is shown.

import { answered, at } from "../../parts/api.js";
import { h, put } from "../../parts/dom.js";
import { duration, percent, problemCard } from "../../parts/words.js";

/** @param {object} here as the view of a model has it @param {object} one a version */
export function downloads({ name, signal }, one) {
  const path = `v1/models/${name}/versions/${one.version}`;
  const state = h("div", { role: "status" });
  const button = (what, file, query = {}) => h("button", {
    onclick: (event) => made(event.target, `${path}/${file}`, query, state, signal) }, what);
  return h("div", {},
    h("div", { class: "row" },
      h("a", { class: "button", href: at(`${path}/weights.safetensors`).href, download: "" }, "Weights"),
      button("ONNX", "model.onnx"), button("ONNX of 8 bits", "model.onnx", { precision: "int8" }),
      button("Bundle with a program", "bundle.zip")),
    state, h("p", { class: "small soft" }, known(one.export)));
}

function known(found) {
  if (!found) return "The ONNX file is not made yet. It is made, and compared with what is answered here, when you ask for it.";
  if (found.refused) return `There is no ONNX file: ${found.refused}`;
  const lost = found.int8 ? ` With 8 bits it is right on ${percent(found.int8.accuracy)} of them.` : "";
  const difference = found.largest_difference.toExponential(1);
  return `As ONNX it was compared on ${found.rows} ${found.split} rows; the largest difference in probability is ${difference}.${lost}`;
}

// The question for the head has the file made; the browser then saves it without holding it in memory.
async function made(button, path, query, state, signal) {
  button.disabled = true;
  const began = Date.now();
  const took = h("span", { "aria-hidden": "true" }); // said once, not each second
  put(state, h("p", {}, h("progress", { "aria-label": "The file is made" }), "It is made and checked. ", took));
  const timer = setInterval(() => { took.textContent = duration((Date.now() - began) / 1000); }, 500);
  try {
    await answered(path, { method: "HEAD", query, signal });
    put(state, h("p", {}, "It is there; your browser saves it."));
    const link = h("a", { href: at(path, query).href, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  } catch {
    await why(path, query, state, signal);
  } finally {
    clearInterval(timer);
    button.disabled = false;
  }
}

// An answer to HEAD has no words, so it is asked again by GET.
async function why(path, query, state, signal) {
  try {
    const answer = await answered(path, { query, signal });
    await answer.body.cancel();
    put(state, h("p", {}, "It is there now. Ask once more to save it."));
  } catch (error) {
    if (error.name !== "AbortError") put(state, problemCard(error));
  }
}
