// new_job

import { h, put } from "../parts/dom.js";

/** @param {import("../parts/router.js").Place} place */
export async function show({ root, title }) {
  title("new_job");
  put(root, h("h1", {}, "new_job"));
}
