// Questions that are asked before something is done; what was typed stays when it fails.

import { h, put } from "./dom.js";
import { problemCard } from "./words.js";

let count = 0;

/**
 * Ask, and do what was asked for.
 * @param {{title: string, body: Node[], verb: string, danger?: boolean,
 *   act: (form: FormData) => Promise<any>, refused?: (error: Error) => Node | null}} question `act`
 *   does it; where it fails, the dialog stays and shows why, or what `refused` makes of that
 * @returns {Promise<any>} what `act` resolved to; undefined if it was not done
 */
export function asked({ title, body, verb, danger = false, act, refused = () => null }) {
  const name = `dialog-${++count}`;
  const wrong = h("div", { "aria-live": "polite" });
  const go = h("button", { class: danger ? "danger" : "primary" }, verb);
  return new Promise((resolve) => {
    const box = h("dialog", { "aria-labelledby": name, onclose: () => closed() },
      h("form", { onsubmit: send },
        h("h2", { id: name }, title), body, wrong,
        h("div", { class: "row" }, go, h("button", { type: "button", onclick: () => box.close() }, "Leave it"))));
    const left = () => box.close();
    let answer;

    function closed() {
      removeEventListener("hashchange", left);
      box.remove();
      resolve(answer);
    }

    async function send(event) {
      event.preventDefault();
      go.disabled = true;
      try {
        answer = await act(new FormData(event.target));
        box.close();
      } catch (error) {
        put(wrong, refused(error) ?? problemCard(error));
      } finally {
        go.disabled = false;
      }
    }

    addEventListener("hashchange", left);
    document.body.append(box);
    box.showModal();
  });
}

/** A labelled control with a line of advice. */
export function field(label, control, advice = null) {
  const name = `field-${++count}`;
  control.id = name;
  if (advice) control.setAttribute("aria-describedby", `${name}-advice`);
  return h("div", { class: "field" }, h("label", { for: name }, label), control,
    advice && h("p", { class: "advice", id: `${name}-advice` }, advice));
}
