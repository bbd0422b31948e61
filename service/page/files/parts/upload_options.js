// How uploaded files are to be read: what `POST /v1/datasets` takes in its address.

import { field } from "./dialog.js";
import { h } from "./dom.js";

const OPTIONS = [
  ["name", "Name", "By default that of the folder or file.", { maxlength: 200 }],
  ["image_size", "Size of pictures", "8 to 512 pixels on each side; 64 unless it is said. Twice as many take four times as long.", { type: "number", min: 8, max: 512, placeholder: "64" }],
  ["resize", "How they fit", "Into the square of that size.", [["", "squash: as they come"], ["crop", "crop: their middle"], ["pad", "pad: with a border"]]],
  ["label", "Column of classes", "Of tables; label, class, target or y unless it is said.", {}],
  ["leave_out", "Columns to leave out", "Of tables, with commas between them.", {}],
  ["x", "Array of pictures", "Of HDF5 and NumPy, where its name does not tell.", {}],
  ["y", "Array of labels", "Likewise.", {}],
  ["channel_order", "Order of channels", "Of arrays: OpenCV keeps blue first.", [["", "rgb"], ["bgr", "bgr"]]],
  ["dry_run", "Only look", "The report is kept, and nothing else.", [["", "no"], ["true", "yes"]]],
];

/** @returns {{element: Element, query: () => object}} the fields, and what they say */
export function uploadOptions() {
  const controls = new Map(OPTIONS.map(([name, , , kind]) => [name, Array.isArray(kind)
    ? h("select", {}, kind.map(([value, word]) => h("option", { value }, word))) : h("input", kind)]));
  const element = h("details", { class: "card" }, h("summary", {}, "How files are read"),
    h("div", { class: "grid" }, OPTIONS.map(([name, label, advice]) => field(label, controls.get(name), advice))));
  const query = () => Object.fromEntries([...controls].map(([name, { value }]) => [name, value.trim()])
    .filter(([, value]) => value).map(([name, value]) => [name, name === "leave_out" ? value.split(",").map((one) => one.trim()) : value]));
  return { element, query };
}
