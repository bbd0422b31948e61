// Recipes to choose from: what each is, what it suits, and what it has reached.

import { h } from "./dom.js";
import { duration, percent } from "./words.js";

const NONE = { name: null, sentence: "No recipe: the defaults, and what is said below.", suits: "Whoever wants to say all of it.", reached: null };
const OF = { images: new Set(["classic", "photos", "backbone"]), table: new Set(["classic", "table"]) };

/**
 * @param {object[]} recipes of `GET /v1/recipes`
 * @param {(name: string | null) => void} onchoose
 * @returns {{element: HTMLElement, set: (name: string | null | undefined, kind?: string) => void}}
 *   `kind` of the dataset: recipes of the other kind are not shown
 */
export function recipeCards(recipes, onchoose) {
  const cards = [...recipes, NONE].map((recipe) => card(recipe, onchoose));
  return {
    element: h("fieldset", { class: "recipes" }, h("legend", {}, "Recipe"), h("div", { class: "grid" }, cards.map(({ element }) => element))),
    set: (name, kind) => {
      for (const { recipe, radio, element } of cards) {
        radio.checked = recipe.name === name;
        const others = kind && recipe.name && Object.values(OF).some((names) => names.has(recipe.name));
        element.hidden = Boolean(others && !OF[kind]?.has(recipe.name)) && !radio.checked;
      }
    },
  };
}

function card(recipe, onchoose) {
  const radio = h("input", { type: "radio", name: "recipe", value: recipe.name ?? "", onchange: () => onchoose(recipe.name) });
  const element = h("label", { class: "card recipe" },
    h("span", { class: "row" }, radio, h("strong", {}, recipe.name ?? "none")),
    h("span", { class: "small" }, recipe.sentence),
    h("span", { class: "small soft" }, recipe.suits),
    recipe.reached?.[0] && h("span", { class: "small soft" },
      `Reached ${percent(recipe.reached[0].accuracy)} on ${recipe.reached[0].on}, in ${duration(60 * recipe.reached[0].minutes)} on ${recipe.reached[0].cores} cores.`));
  return { recipe, radio, element };
}
