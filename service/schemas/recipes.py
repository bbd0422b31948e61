"""Recipes, as they are listed."""

from typing import Self

from pydantic import BaseModel

from worker.jsontypes import Json
from worker.spec.recipes import RECIPES, whole


class Reached(BaseModel):
    """What a recipe was measured to reach: its mean test accuracy over so many seeds, and the
    minutes of training on so many cores."""

    on: str
    accuracy: float
    seeds: int
    minutes: float
    cores: int


class Recipe(BaseModel):
    """A spec that is known to do well; `reached` is null where nothing was measured yet."""

    name: str
    sentence: str
    suits: str
    spec: Json
    reached: list[Reached] | None

    @classmethod
    def of(cls, name: str) -> Self:
        recipe = RECIPES[name]
        measured = None if recipe.reached is None else [each._asdict() for each in recipe.reached]
        return cls.model_validate(
            {
                "name": name,
                "sentence": recipe.sentence,
                "suits": recipe.suits,
                "spec": whole(recipe),
                "reached": measured,
            }
        )
