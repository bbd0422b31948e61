"""`purr train`: from options or a file to a job's spec, and from there to a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeAlias

import typer

from service.cli import completion
from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson
from service.cli.commands.places import Placed, Settings, put
from service.cli.commands.submitted import Follow, show_submitted
from service.cli.names import with_dataset_id
from service.cli.render.estimate import show_estimate
from service.cli.render.lists import tell
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

WATCHED = 0.2  # of the training rows, unless it is said
# Where in a job's spec an option belongs.
PLACES = {
    "dataset": ("dataset",),
    "model": ("model",),
    "recipe": ("recipe",),
    "backbone": ("backbone",),
    "hidden": ("network", "hidden_units"),
    "activation": ("network", "activation"),
    "initializer": ("network", "initializer"),
    "normalization": ("normalization",),
    "start_from": ("start_from",),
    "freeze": ("freeze",),
    "optimizer": ("optimizer", "kind"),
    "learning_rate": ("optimizer", "learning_rate"),
    "batch_size": ("batch_size",),
    "epochs": ("epochs",),
    "dropout": ("network", "dropout"),
    "schedule": ("schedule", "kind"),
    "l2": ("regularization", "l2"),
    "clip_norm": ("regularization", "clip_norm"),
    "class_weights": ("class_weights",),
    "validation_fraction": ("validation_fraction",),
    "patience": ("early_stopping", "patience"),
    "folds": ("folds",),
    "repeats": ("repeats",),
    "max_seconds": ("max_seconds",),
    "seed": ("seed",),
    "device": ("device",),
    "precision": ("precision",),
}


def _units(text: str) -> list[int]:
    """What "20,7,5" lists; "none" is the empty list, which is logistic regression."""
    try:
        return [] if text in ("", "none") else [int(part) for part in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(
            f"Expected numbers with commas between them, such as 20,7,5, or none; got {text}."
        ) from error


def _batch_size(text: str) -> int | str:
    try:
        return text if text == "all" else int(text)
    except ValueError as error:
        raise typer.BadParameter(f"Expected a number of rows or all, got {text}.") from error


def _version(text: str) -> Json:
    """What "cats" and "cats:3" name."""
    model, colon, version = text.partition(":")
    if colon and not version.isdecimal():
        raise typer.BadParameter(f"Expected a model, or one with its version, got {text}.")
    return {"model": model, "version": int(version)} if colon else {"model": model}


Dataset: TypeAlias = Annotated[
    str | None, typer.Option(help="Its id, or its name.", autocompletion=completion.datasets)
]
Model: TypeAlias = Annotated[str | None, typer.Option(help="Name to publish the network under.")]
Recipe: TypeAlias = Annotated[
    str | None, typer.Option(help="What is not said comes from it: see purr recipes.")
]
Backbone: TypeAlias = Annotated[
    str | None, typer.Option(help="Learn from the features that it makes of pictures.")
]
Hidden: TypeAlias = Annotated[
    object,
    typer.Option(
        parser=_units, metavar="20,7,5", help="Units of each hidden layer; none: logistic."
    ),
]
Activation: TypeAlias = Annotated[str | None, typer.Option(help="relu, tanh, sigmoid, …")]
Initializer: TypeAlias = Annotated[str | None, typer.Option(help="he, xavier, glorot, …")]
Normalization: TypeAlias = Annotated[
    str | None, typer.Option(help="standardize, scale (pixels/255) or none.")
]
StartFrom: TypeAlias = Annotated[
    object,
    typer.Option(
        parser=_version, metavar="MODEL[:VERSION]", help="Whose weights the layers start with."
    ),
]
Freeze: TypeAlias = Annotated[
    int | None, typer.Option(help="How many of the first layers keep these weights.")
]
Optimizer: TypeAlias = Annotated[str | None, typer.Option(help="sgd, adam, …")]
LearningRate: TypeAlias = Annotated[float | None, typer.Option(help="Size of a step.")]
BatchSize: TypeAlias = Annotated[
    object, typer.Option(parser=_batch_size, metavar="N|all", help="Rows in a step.")
]
Epochs: TypeAlias = Annotated[int | None, typer.Option(help="Times every row is seen.")]
Dropout: TypeAlias = Annotated[float | None, typer.Option(help="Share left out of a step.")]
Schedule: TypeAlias = Annotated[
    str | None, typer.Option(help="constant, step, exponential, cosine or one_cycle.")
]
L2: TypeAlias = Annotated[float | None, typer.Option("--l2", help="Keeps weights small.")]
ClipNorm: TypeAlias = Annotated[float | None, typer.Option(help="Largest norm of a gradient.")]
ClassWeights: TypeAlias = Annotated[
    str | None, typer.Option(help="balanced: rare classes count as much.")
]
ValidationFraction: TypeAlias = Annotated[
    float | None, typer.Option(help="Share of the training rows kept out to watch by.")
]
Patience: TypeAlias = Annotated[
    int | None, typer.Option(help="Stop early after so many epochs without a better loss.")
]
Folds: TypeAlias = Annotated[
    int | None, typer.Option(help="Hold out each part of the rows from one more training.")
]
Repeats: TypeAlias = Annotated[
    int | None, typer.Option(help="How often they are divided into folds anew.")
]
MaxSeconds: TypeAlias = Annotated[int | None, typer.Option(help="End after so many seconds.")]
Seed: TypeAlias = Annotated[int | None, typer.Option(help="Of the weights and the order of rows.")]
Device: TypeAlias = Annotated[str | None, typer.Option(help="auto, cpu or gpu.")]
Precision: TypeAlias = Annotated[
    str | None, typer.Option(help="float32, float64, or tf32 on a gpu.")
]
Estimate: TypeAlias = Annotated[
    bool, typer.Option("--estimate", help="Tell what the job would take, and submit nothing.")
]
SpecFile: TypeAlias = Annotated[
    typer.FileText | None,
    typer.Option(
        metavar="FILE", help="A job's spec as JSON, - for standard input; options outrank it."
    ),
]


def train(
    ctx: typer.Context,
    dataset: Dataset = None,
    model: Model = None,
    recipe: Recipe = None,
    backbone: Backbone = None,
    hidden: Hidden = None,
    activation: Activation = None,
    initializer: Initializer = None,
    normalization: Normalization = None,
    start_from: StartFrom = None,
    freeze: Freeze = None,
    optimizer: Optimizer = None,
    learning_rate: LearningRate = None,
    batch_size: BatchSize = None,
    epochs: Epochs = None,
    dropout: Dropout = None,
    schedule: Schedule = None,
    l2: L2 = None,
    clip_norm: ClipNorm = None,
    class_weights: ClassWeights = None,
    validation_fraction: ValidationFraction = None,
    patience: Patience = None,
    folds: Folds = None,
    repeats: Repeats = None,
    max_seconds: MaxSeconds = None,
    seed: Seed = None,
    device: Device = None,
    precision: Precision = None,
    settings: Settings = None,
    spec: SpecFile = None,
    estimate: Estimate = False,
    follow: Follow = True,
    as_json: AsJson = False,
) -> None:
    """Submit a job and watch it learn; Ctrl-C lets it go on."""
    # Only what was given: the defaults are the service's.
    asked = _place(ctx.params, read_spec(spec) if spec else {})
    with connected() as client:
        _send(client, with_dataset_id(client, asked), estimate, follow, as_json)


def _send(client: Client, spec: Json, estimate: bool, follow: bool, as_json: bool) -> None:
    """Submit a spec, or only have it estimated."""
    if estimate:
        tell(client.estimate(spec), show_estimate, as_json)
    else:
        show_submitted(client, client.submit(spec), follow, as_json)


def read_spec(file: TextIO) -> Json:
    """What is in a file that a person has written."""
    try:
        spec = json.load(file)
    except ValueError as error:
        raise typer.BadParameter(f"Expected JSON in {file.name}: {error}.") from error
    if not isinstance(spec, dict):
        raise typer.BadParameter(f"Expected a JSON object in {file.name}.")
    return spec


def _place(options: Mapping[str, Any], spec: Json) -> Json:
    """The spec, with the given options written into it."""
    for option, place in PLACES.items():
        if options[option] is not None:
            put(spec, Placed(place, options[option]))
    for each in options["settings"] or ():
        put(spec, each)
    # The service tells optimizers apart by their kind; without a recipe, Adam is its default.
    if (
        not spec.get("recipe")
        and isinstance(optimizer := spec.get("optimizer"), dict)
        and optimizer
    ):
        optimizer.setdefault("kind", "adam")
    if spec.get("early_stopping") and not spec.get("validation_fraction"):
        spec["validation_fraction"] = WATCHED  # there must be something to stop by
    return spec
