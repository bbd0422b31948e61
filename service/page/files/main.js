// Where the page begins: it asks whether a key is needed, then shows the view that the address names.

import { Problem, session, signOut } from "./parts/api.js";
import { h, put } from "./parts/dom.js";
import { begin, shown } from "./parts/router.js";
import { askForKey } from "./parts/sign_in.js";

const VIEWS = [
  ["/", () => import("./views/home.js")],
  ["/datasets", () => import("./views/datasets.js")],
  ["/datasets/:id", () => import("./views/dataset.js")],
  ["/jobs", () => import("./views/jobs.js")],
  ["/jobs/new", () => import("./views/new_job.js")],
  ["/jobs/:id", () => import("./views/job.js")],
  ["/compare", () => import("./views/compare.js")],
  ["/models", () => import("./views/models.js")],
  ["/models/:name", () => import("./views/model.js")],
  ["/try", () => import("./views/try.js")],
  ["/lesson", () => import("./views/lesson.js")],
];

const main = document.querySelector("#main");

async function signedIn() {
  const { key_needed: keyNeeded, signed_in: isIn } = await session();
  if (!isIn) await askForKey();
  document.querySelector("#sign-out").hidden = !keyNeeded;
}

document.querySelector("#sign-out").addEventListener("click", async () => {
  await signOut();
  location.reload();
});

// What a view could not do and did not expect is said, not swallowed.
addEventListener("unhandledrejection", async ({ reason }) => {
  if (reason?.name === "AbortError") return;
  if (reason instanceof Problem && reason.status === 401) {
    await signedIn();
    shown();
    return;
  }
  document.querySelector("#said").textContent = String(reason?.message ?? reason);
});

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the part of the address behind # names a view
  main.focus();
});

try {
  await signedIn();
  begin(VIEWS, main);
} catch (error) {
  put(main, h("section", { class: "card problem" }, h("h1", {}, "The service does not answer"),
    h("p", {}, error.message), h("button", { onclick: () => location.reload() }, "Try again")));
}
