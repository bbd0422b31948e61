// Takes something out of the trash again.

import { ask } from "./api.js";
import { h, put, say } from "./dom.js";
import { problemCard } from "./words.js";

/**
 * A button, and the place where it is said why it could not be done.
 * @param {string} path such as `v1/datasets/ds_1`
 * @param {string} name of what is there again
 * @param {() => any} done is called then
 * @param {{words?: string} & object} [more] the words on the button, and its attributes
 * @returns {[HTMLButtonElement, HTMLDivElement]}
 */
export function restoreButton(path, name, done, { words = "Restore", ...more } = {}) {
  const wrong = h("div", {});
  const restore = async () => {
    try {
      await ask(`${path}/restore`, { method: "POST" });
    } catch (error) {
      return put(wrong, problemCard(error));
    }
    say(`${name} is there again.`);
    return done();
  };
  return [h("button", { ...more, onclick: restore }, words), wrong];
}
