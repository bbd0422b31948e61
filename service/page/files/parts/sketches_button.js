// Data for who has none: pictures that are drawn here, and uploaded as anybody's.

import { h, say } from "./dom.js";
import { begun } from "./drop.js";

/** A button that draws pictures, uploads them, and shows the dataset. */
export function sketchesButton(signal) {
  const button = h("button", { type: "button", onclick: draw }, "Draw sketches");

  async function draw() {
    const { sketches } = await import("./sketches.js");
    button.disabled = true;
    try {
      const ondrawn = (count, of) => { button.textContent = `${count} of ${of} drawn`; };
      const found = await sketches({ signal, ondrawn });
      say(`${found.length} pictures are drawn: cats and other things.`);
      await begun(found, {}, signal);
    } finally {
      button.disabled = false;
      button.textContent = "Draw sketches";
    }
  }
  return button;
}
