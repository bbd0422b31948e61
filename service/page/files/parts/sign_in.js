// The dialog that asks for the key, once: afterwards a cookie that no script can read stands for it.

import { signIn } from "./api.js";
import { h } from "./dom.js";

let open = null;

/** Resolves once the service has taken a key. */
export function askForKey() {
  open ??= new Promise((resolve) => dialog(resolve)).finally(() => { open = null; });
  return open;
}

function dialog(resolve) {
  const key = h("input", { id: "key", type: "password", autocomplete: "current-password", required: true });
  const wrong = h("p", { class: "wrong", role: "alert" });
  const box = h("dialog", { "aria-labelledby": "key-title", oncancel: (event) => event.preventDefault() },
    h("form", { onsubmit: send },
      h("h1", { id: "key-title" }, "The key, please"),
      h("p", {}, "This service asks for the ", h("code", {}, "PURR_API_KEY"), " that it was started with."),
      h("label", { for: "key" }, "Key"), key, wrong,
      h("button", { class: "primary" }, "Sign in")));
  document.body.append(box);
  box.showModal();

  async function send(event) {
    event.preventDefault();
    try {
      await signIn(key.value);
    } catch (error) {
      wrong.textContent = error.message;
      key.select();
      return;
    }
    box.remove();
    resolve();
  }
}
