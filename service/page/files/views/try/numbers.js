// Pictures as rows of numbers, as a program has them.

import { ask } from "../../parts/api.js";
import { curlBlock } from "../../parts/curl.js";
import { field } from "../../parts/dialog.js";
import { h, put } from "../../parts/dom.js";
import { number, problemCard } from "../../parts/words.js";
import { about, answerWords } from "./answer.js";

const SHORT = 2_000; // letters of a body that are shown

/** @param {object} here who is asked: `path`, `version`, and the view's `signal` */
export function numbersCard(here) {
  const [height, width, channels] = here.version.shape;
  const text = h("textarea", { rows: 6, spellcheck: "false" });
  const box = h("div", { "aria-live": "polite" });
  const form = h("form", { onsubmit: send },
    field("Rows of numbers", text, `A picture in each line: ${number(height * width * channels)} numbers from 0 to 255, `
      + "pixel by pixel, red, green and blue, with commas or spaces between."),
    h("button", { class: "primary" }, "Ask"));

  async function send(event) {
    event.preventDefault();
    const json = { rows: rows(text.value) };
    try {
      const found = await ask(`${here.path}/predict`, { method: "POST", json, signal: here.signal });
      put(box, h("ol", {}, found.predictions.map((one) => h("li", {},
        one.problem ? h("p", { class: "wrong-answer" }, one.problem.detail) : answerWords(one)))),
        about(found), text.value.length < SHORT && curlBlock("POST", `${here.path}/predict`, json));
    } catch (error) {
      if (error.name !== "AbortError") put(box, problemCard(error));
    }
  }

  return h("details", { class: "card" }, h("summary", {}, "Or ask by numbers"), form, box);
}

// What is no number is sent as it is, so that the API says where it stands.
function rows(text) {
  return text.split("\n").map((line) => line.trim().split(/[\s,;[\]]+/).filter(Boolean)).filter((row) => row.length > 0)
    .map((row) => row.map((one) => (Number.isNaN(Number(one)) ? one : Number(one))));
}
