// Why a model says so: where on the picture it looks, and what it was trained on that is most alike.

import { ask } from "../../parts/api.js";
import { h, put } from "../../parts/dom.js";
import { keepingFocus } from "../../parts/focus.js";
import { problemCard } from "../../parts/words.js";

const NEAREST = 6;
const METHODS = {
  class_activation: "by the channels of its last layer that has places (Grad-CAM)",
  smoothed_gradient: "by the slope in each pixel, over copies with noise (SmoothGrad)",
  occlusion: "by covering it square by square",
};

/**
 * Ask, and draw it into `box`.
 * @param {object} here who is asked
 * @param {{file: File, answered: number}} item
 * @param {string|null} about the class that is explained; null for the answer
 */
export async function why(here, item, box, about = null) {
  const { model, signal } = here;
  if (about === null) put(box, h("p", { class: "soft", role: "status" }, "Looking where it looks …"));
  box.setAttribute("aria-busy", "true");
  try {
    const found = await ask(`v1/models/${model.name}/versions/${item.answered}/explain`, {
      method: "POST", body: item.file, headers: { "Content-Type": "application/octet-stream" },
      query: { class: about, nearest: NEAREST }, signal,
    });
    keepingFocus(box, () => put(box, h("div", { class: "grid" }, heat(here, item, box, found),
      found.nearest ? nearest(found.nearest)
        : h("p", { class: "soft" }, "The rows that it learned from are not there any more, so none can be shown beside it."))));
  } catch (error) {
    if (error.name !== "AbortError") put(box, problemCard(error, () => why(here, item, box, about)));
  } finally {
    box.removeAttribute("aria-busy");
  }
}

function heat(here, item, box, { explained, heat_map: map, method }) {
  const select = h("select", { data: { key: "explained" }, "aria-label": `What is explained of ${item.file.name}`,
    onchange: () => why(here, item, box, select.value) },
    here.version.classes.map((one) => h("option", { value: one, selected: one === explained }, one)));
  return h("figure", {},
    h("img", { class: "pixels", src: map,
      alt: `Your picture as the model sees it, under colours: red where most speaks for ${explained}, dark blue where nothing does` }),
    h("figcaption", {}, h("p", {}, "What speaks for ", select),
      h("p", { class: "small soft" },
        `Red most, dark blue not at all, ${METHODS[method] ?? method}. It says where the model looks, and not whether it is right to.`)));
}

function nearest({ dataset, compared, rows, data }) {
  const labels = data.map((one) => one.label);
  const counts = [...new Set(labels)].map((label) => `${label}: ${labels.filter((one) => one === label).length} of ${labels.length}`);
  return h("section", {}, h("h2", { class: "minor" }, "Most alike of what it was trained on"),
    h("p", {}, `${counts.join(", ")}. `,
      h("span", { class: "small soft" }, `${compared} of ${rows} training rows were looked at.`)),
    h("ul", { class: "nearest plain" }, data.map((one) => h("li", {},
      h("a", { href: `#/datasets/${dataset}`, title: one.name ?? `row ${one.row}` },
        h("img", { class: "pixels", src: new URL(one.picture, location.href).href, loading: "lazy", alt: `Training row ${one.row}, ${one.label}` })),
      h("span", {}, one.label), h("span", { class: "small soft", title: "1 is the same to the last layer" },
        `alike ${one.similarity.toFixed(3)}`)))));
}
