// An alias comes to another version: by a dialog, past the guard if it is the champion.

import { answered } from "../../parts/api.js";
import { asked, field } from "../../parts/dialog.js";
import { h } from "../../parts/dom.js";
import { guardWords } from "./guard.js";

const NAME = "[a-z0-9][a-z0-9._\\-]{0,62}"; // as the API has it

/**
 * Ask which version an alias is to name, and have it do so.
 * @param {{name: string, model: object, aliases: object[], etag: string}} here
 * @param {{alias?: string, version?: number}} wanted what is chosen already
 * @returns {Promise<object|undefined>} the alias, or undefined if it was left as it is
 */
export function moved(here, wanted) {
  const known = here.aliases.find((one) => one.alias === wanted.alias);
  const champion = wanted.alias === "champion";
  return asked({
    title: champion && wanted.version ? `Make version ${wanted.version} the champion`
      : known ? `Move ${known.alias}` : "A new alias",
    verb: champion ? "Make it the champion" : "Save",
    body: fields(here, wanted, known),
    act: (form) => put(here, wanted, form),
    refused: (error) => (error.code === "promotion_refused" ? refusal(error.body.guard) : null),
  });
}

function fields({ model }, { alias, version }, known) {
  const point = known?.operating_point ?? { threshold: null, unsure: true };
  const numbers = model.versions.map((one) => one.version);
  const two = model.versions[0].classes.length === 2;
  const second = model.versions[0].classes[1];
  return [
    alias === "champion" && h("p", {},
      "The champion answers wherever no version is named. A guard compares it with the champion first."),
    !alias && field("Name", h("input", { name: "alias", required: true, pattern: NAME, placeholder: "canary" }),
      "Small letters, digits, dots, dashes. It is asked at /aliases/NAME/predict."),
    version ? h("input", { type: "hidden", name: "version", value: version })
      : field("Version", h("select", { name: "version" }, numbers.map((one) =>
        h("option", { value: one, selected: one === known?.version }, `version ${one}`)))),
    field("Reason", h("input", { name: "reason", maxlength: 500 }), "Kept in the history of the alias."),
    h("details", {}, h("summary", {}, "How it decides"),
      two && field(`Threshold of “${second}”`,
        h("input", { name: "threshold", type: "number", min: 0, max: 1, step: "any", value: point.threshold ?? "" }),
        `From which probability on the answer is “${second}”. Empty: whichever is more probable.`),
      h("p", {}, h("label", { class: "check" }, h("input", { type: "checkbox", name: "unsure", checked: point.unsure }),
        " It may answer that it is unsure"))),
  ];
}

async function put({ name, etag }, { alias }, form) {
  const threshold = form.get("threshold");
  const json = {
    version: Number(form.get("version")), reason: form.get("reason"), unsure: form.has("unsure"), force: form.has("force"),
  };
  if (threshold !== null) json.threshold = threshold === "" ? null : Number(threshold);
  const path = `v1/models/${name}/aliases/${encodeURIComponent(alias ?? form.get("alias"))}`;
  const answer = await answered(path, { method: "PUT", json, headers: { "If-Match": etag } });
  return answer.json();
}

function refusal(guard) {
  return h("section", { class: "card problem", role: "alert" }, h("h3", {}, "The guard does not let it go live"),
    guardWords(guard),
    h("p", {}, h("label", { class: "check" }, h("input", { type: "checkbox", name: "force" }),
      " Make it the champion all the same. That is kept in the history.")));
}
