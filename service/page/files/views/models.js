// models

import { h, put } from "../parts/dom.js";

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, title }) {
  title("models");
  put(root, h("h1", {}, "models"));
}
