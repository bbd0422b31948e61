"""Recipes: specs that are known to do well on some kind of dataset, by name."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from worker.jsontypes import Json
from worker.spec.job import JobSpec


class Reached(NamedTuple):
    """What a recipe was measured to reach.

    Attributes:
        on: the dataset, in words.
        accuracy: on its test rows, the mean over so many seeds.
        minutes: of training, on so many cores.
    """

    on: str
    accuracy: float
    seeds: int
    minutes: float
    cores: int


class Recipe(NamedTuple):
    """A spec without a dataset.

    Attributes:
        sentence: what it is.
        suits: what it is for.
        spec: what it sets; everything else is as without it.
        reached: what was measured, or None.
    """

    sentence: str
    suits: str
    spec: Json
    reached: tuple[Reached, ...] | None = None


RECIPES: dict[str, Recipe] = {
    "classic": Recipe(
        "The course's network: three hidden layers of 20, 7 and 5 relu units.",
        "Seeing in seconds how a dense network learns.",
        {
            "network": {"kind": "dense", "hidden_units": [20, 7, 5]},
            "normalization": "standardize",
            "optimizer": {"kind": "adam", "learning_rate": 0.001},
            "schedule": {"kind": "constant"},
            "batch_size": 64,
            "epochs": 100,
        },
    ),
    "photos": Recipe(
        "Seven convolutions with batch normalization, trained from nothing on changed copies.",
        "Pictures of at least 8 × 8, such as photos of a thing that may be anywhere.",
        {
            "network": {
                "kind": "convolutional",
                "blocks": [
                    # Few, since they stand on four times as many places as those of the next.
                    {"filters": 16, "convolutions": 1},
                    {"filters": 32, "convolutions": 2},
                    {"filters": 64, "convolutions": 2},
                    {"filters": 128, "convolutions": 2, "pool": None},
                ],
                "batch_norm": True,
                "head": "average",
                "activation": "relu",
                "initializer": "he",
            },
            # Without a shift, so that it can be folded into kernels that reach over the border.
            "normalization": "scale",
            # With ten times the usual decay, one more of a hundred unseen photos was right.
            "optimizer": {"kind": "adamw", "learning_rate": 0.003, "weight_decay": 0.1},
            "schedule": {"kind": "one_cycle"},
            # Over a hundred steps or so, since 200 pictures make a thousand in all.
            "average_weights": 0.99,
            "class_weights": "balanced",
            "label_smoothing": 0.1,
            "augmentation": {
                "flip": True,
                "shift": 4,
                "zoom": 0.2,
                "rotate": 10.0,
                "brightness": 0.2,
                "contrast": 0.2,
                "colour": 0.2,
                "cutout": 0.25,
            },
            "batch_size": 16,
            "epochs": 80,
        },
        (
            Reached("1,200 photos of cats and dogs, 500 others", 0.865, 3, 5.6, 2),
            Reached("the course's 209 pictures, 50 others", 0.866, 10, 1.0, 2),
            Reached("600 of the drawn sketches, 200 others", 1.0, 3, 3.7, 2),
        ),
    ),
    "backbone": Recipe(
        "Logistic regression on the features of a backbone.",
        "Pictures of which there are few, with the backbone that the job names.",
        {
            "network": {
                "kind": "dense",
                "hidden_units": [],
                # Nearly nothing: what the rows do not say of a feature stays as it starts, and of
                # hundreds of features ten rows say little.
                "initializer": "normal",
                "initializer_scale": 0.001,
            },
            # A feature that differs in one of ten rows alone is not to be made as large as any.
            "normalization": "center",
            # Its steps stay among what the rows span, which those of adam leave.
            "optimizer": {"kind": "momentum", "learning_rate": 0.03},
            "schedule": {"kind": "one_cycle"},
            # Where all training rows are told apart, weights would grow without an end.
            "regularization": {"l2": 0.01},
            "class_weights": "balanced",
            "batch_size": 64,
            "epochs": 60,
        },
        # By MobileNetV2, whose features were there; the seeds draw what is learned from, too.
        (
            Reached("10 photos of cats and dogs, 500 others", 0.957, 10, 0.01, 2),
            Reached("40 photos of cats and dogs, 500 others", 0.979, 10, 0.01, 2),
            Reached("200 photos of cats and dogs, 500 others", 0.982, 10, 0.01, 2),
            Reached("1,200 photos of cats and dogs, 500 others", 0.986, 10, 0.01, 2),
            Reached("the course's 209 pictures, 50 others", 1.0, 10, 0.01, 2),
        ),
    ),
    "table": Recipe(
        "Two hidden layers of 128 and 64 relu units with dropout, and one cycle of the rate.",
        "Rows of numbers that have been measured.",
        {
            "network": {
                "kind": "dense",
                "hidden_units": [128, 64],
                "activation": "relu",
                "initializer": "he",
                "dropout": 0.1,
            },
            "normalization": "standardize",
            "optimizer": {"kind": "adamw", "learning_rate": 0.003},
            "schedule": {"kind": "one_cycle"},
            "batch_size": 32,
            "epochs": 60,
        },
    ),
}


OF_ONE_JOB = {
    "dataset", "model", "recipe", "backbone", "start_from", "freeze", "keep_checkpoints",
    "checkpoint", "parent", "webhook", "priority", "promote", "notes", "tags",
}  # fmt: skip


def whole(recipe: Recipe) -> Json:
    """The spec that comes of a recipe alone, without what is of one job only."""
    spec = JobSpec.model_validate({"dataset": f"ds_{0:032x}", **recipe.spec})
    return spec.model_dump(mode="json", exclude=OF_ONE_JOB)


SMALLEST = 8  # places along each side of a picture that the pools of photos leave something of


def suited(spec: JobSpec, shape: Sequence[int]) -> JobSpec:
    """The spec with what the recipe for such samples sets, unless it says which network it wants;
    what else it gives stands.

    Args:
        shape: of a sample: (height, width, channels) of a picture, (features,) of other rows.
    """
    if says_which(spec):
        return spec
    name = recipe_for(shape) if spec.backbone is None else "backbone"
    own = spec.model_dump(mode="json", exclude_unset=True)
    return JobSpec.model_validate({**merged(RECIPES[name].spec, own), "recipe": name})


def says_which(spec: JobSpec) -> bool:
    """Whether it names a recipe, none of them, or a network."""
    return bool(spec.model_fields_set & {"recipe", "network"})


def recipe_for(shape: Sequence[int]) -> str:
    if len(shape) == 1:
        return "table"
    return "photos" if min(shape[:2]) >= SMALLEST else "classic"


def expanded(body: Any) -> Any:
    """The body of a submission with what its recipe sets, unless the body has it otherwise. One
    without a recipe, or with one that is none, is returned as it is."""
    name = body.get("recipe") if isinstance(body, dict) else None
    recipe = RECIPES.get(name) if isinstance(name, str) else None
    return body if recipe is None else merged(recipe.spec, body)


def merged(base: Json, own: Json) -> Json:
    """All of `own`, and of `base` what `own` does not say, object by object. An object of another
    kind has other fields, and stands alone; a scale is of the initializer that it was said for."""
    found = {**base}
    if own.get("initializer", base.get("initializer")) != base.get("initializer"):
        found.pop("initializer_scale", None)
    for name, value in own.items():
        before = base.get(name)
        if isinstance(before, dict) and isinstance(value, dict) and alike(before, value):
            value = merged(before, value)
        found[name] = value
    return found


def alike(before: Json, value: Json) -> bool:
    """Whether the object that is said is of the same kind, or says none."""
    return bool(value.get("kind", before.get("kind")) == before.get("kind"))
