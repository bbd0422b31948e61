// Edits of a whole dataset: divided anew, renamed, at another size, with the rows of another.

import { ask } from "./api.js";
import { field } from "./dialog.js";
import { h } from "./dom.js";
import { makeVersion } from "./edits.js";

/**
 * A form; what is filled in is done.
 * @param {object} dataset that is ready
 * @param {AbortSignal} signal
 */
export async function wholeEdits(dataset, signal) {
  const share = (most) => h("input", { type: "number", min: 0, max: most, step: 0.01 });
  const [test, validation] = [share(0.9), share(0.9)];
  const old = h("select", {}, dataset.classes.map((name) => h("option", {}, name)));
  const is = h("input", { maxlength: 256 });
  const size = h("input", { type: "number", min: 8, max: 512 });
  const add = h("select", {}, h("option", { value: "" }, "None"), (await alike(dataset, signal)).map(({ id, name, version }) =>
    h("option", { value: id }, `${name}, version ${version}`)));
  const nothing = h("p", { class: "wrong", role: "alert" });

  function make(event) {
    event.preventDefault();
    const edits = {
      ...(test.value && { resplit: { test_fraction: Number(test.value), ...(validation.value && { validation_fraction: Number(validation.value) }) } }),
      // A class may have the name of another: then the two are one.
      ...(is.value && (dataset.classes.includes(is.value)
        ? { merge_classes: { [is.value]: [old.value, is.value] } } : { rename_class: { [old.value]: is.value } })),
      ...(size.value && { image_size: Number(size.value) }),
      ...(add.value && { add: add.value })};
    nothing.textContent = Object.keys(edits).length ? "" : "Fill in what shall be otherwise.";
    if (Object.keys(edits).length) makeVersion(dataset, edits);
  }
  return h("form", { onsubmit: make }, h("div", { class: "grid" },
    field("Test share", test, "All rows are divided anew, this share to test, such as 0.2."),
    field("Validation share", validation, "And this one to watch the training."),
    field("Class", old), field("New name of it", is, "By the name of another class, both become one."),
    dataset.kind === "images" && field("Size of pictures", size, "They are read again from the uploaded files."),
    field("Add the rows of", add, "A dataset whose samples have the same shape.")),
  nothing, h("button", {}, "Say what it would do"));
}

async function alike({ id, kind, shape }, signal) {
  const { data } = await ask("v1/datasets", { query: { state: "ready", kind, limit: 100 }, signal });
  return data.filter((one) => one.id !== id && String(one.shape) === String(shape));
}
