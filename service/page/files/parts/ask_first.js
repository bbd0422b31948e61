// A dialog before what cannot be undone.

import { h } from "./dom.js";

/**
 * Resolves to whether the person said yes.
 * @param {{title: string, text: string, yes: string, no?: string}} words
 */
export function askFirst({ title, text, yes, no = "Leave it as it is" }) {
  return new Promise((resolve) => {
    const done = (answer) => () => { box.close(); box.remove(); resolve(answer); };
    const box = h("dialog", { "aria-labelledby": "ask-title", oncancel: () => { box.remove(); resolve(false); } },
      h("h2", { id: "ask-title" }, title), h("p", {}, text),
      h("div", { class: "row" }, h("button", { class: "primary", onclick: done(true) }, yes), h("button", { onclick: done(false) }, no)));
    document.body.append(box);
    box.showModal();
  });
}
