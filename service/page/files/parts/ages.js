// How long ago things were, which is another answer each time that somebody looks.

import { every } from "./live.js";
import { ago } from "./words.js";

const AGAIN_S = 5;

/** Keep each `ago` within an element true. */
export function keepAges(element, signal) {
  every(AGAIN_S, async () => {
    for (const time of element.querySelectorAll("time[title]")) {
      const now = ago(time.dateTime);
      if (now.textContent !== time.textContent) time.replaceWith(now);
    }
  }, signal);
}
