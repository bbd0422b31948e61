// What will be sent: as JSON that can be edited, and as curl.

import { curlOf } from "./curl.js";
import { h } from "./dom.js";

/**
 * @param {(spec: object) => void} onedit is told what was typed, once it is JSON
 * @returns {{element: HTMLElement, set: (spec: object) => void, isWrong: () => boolean}}
 */
export function specText(onedit) {
  const wrong = h("p", { class: "wrong small", id: "spec-text-wrong" });
  const text = h("textarea", { id: "spec-text", rows: 10, spellcheck: "false", "aria-describedby": "spec-text-wrong", oninput: typed });
  const line = h("code", {});
  let isWrong = false;

  function typed() {
    const found = read(text.value);
    isWrong = typeof found === "string";
    wrong.textContent = isWrong ? found : "";
    if (isWrong) return;
    line.textContent = curlOf("POST", "v1/jobs", found);
    onedit(found);
  }
  return {
    element: h("details", { class: "card" }, h("summary", {}, "What will be sent"),
      h("div", { class: "field" }, h("label", { for: "spec-text" }, "As JSON"), text, wrong),
      h("h3", {}, "As curl"), h("pre", { tabindex: 0 }, line)),
    set: (spec) => {
      if (document.activeElement !== text) text.value = JSON.stringify(spec, null, 2);
      line.textContent = curlOf("POST", "v1/jobs", spec);
      isWrong = false;
      wrong.textContent = "";
    },
    isWrong: () => isWrong,
  };
}

function read(text) {
  try {
    const found = JSON.parse(text);
    return found && typeof found === "object" && !Array.isArray(found) ? found : "Expected an object: { … }.";
  } catch (error) {
    return `This is no JSON yet: ${error.message}.`;
  }
}
