"""`purr train`: from options or a file to a job's spec, and from there to a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeAlias

import typer

from service.commands.connection import connected
from service.commands.options import AsJson
from service.follow import expect, follow_job
from service.terminal import remark
from service.views import show_job, show_result, tell

if TYPE_CHECKING:
    from service.client import Answer, Client, Json

DETACHED = 130  # what a shell reports after Ctrl-C

# Where in a job's spec an option belongs.
PLACES = {
    "dataset": ("dataset",),
    "model": ("model",),
    "hidden": ("network", "hidden_units"),
    "activation": ("network", "activation"),
    "initializer": ("network", "initializer"),
    "normalization": ("normalization",),
    "optimizer": ("optimizer", "kind"),
    "learning_rate": ("optimizer", "learning_rate"),
    "batch_size": ("batch_size",),
    "epochs": ("epochs",),
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


Dataset: TypeAlias = Annotated[str | None, typer.Option(help="Its id, or its name.")]
Model: TypeAlias = Annotated[str | None, typer.Option(help="Name to publish the network under.")]
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
Optimizer: TypeAlias = Annotated[str | None, typer.Option(help="sgd, adam, …")]
LearningRate: TypeAlias = Annotated[float | None, typer.Option(help="Size of a step.")]
BatchSize: TypeAlias = Annotated[
    object, typer.Option(parser=_batch_size, metavar="N|all", help="Rows in a step.")
]
Epochs: TypeAlias = Annotated[int | None, typer.Option(help="Times every row is seen.")]
Seed: TypeAlias = Annotated[int | None, typer.Option(help="Of the weights and the order of rows.")]
Device: TypeAlias = Annotated[str | None, typer.Option(help="auto, cpu or gpu.")]
Precision: TypeAlias = Annotated[
    str | None, typer.Option(help="float32, float64, or tf32 on a gpu.")
]
SpecFile: TypeAlias = Annotated[
    typer.FileText | None,
    typer.Option(
        metavar="FILE", help="A job's spec as JSON, - for standard input; options outrank it."
    ),
]
Follow: TypeAlias = Annotated[bool, typer.Option(help="Watch the job until it ends.")]


def train(
    ctx: typer.Context,
    dataset: Dataset = None,
    model: Model = None,
    hidden: Hidden = None,
    activation: Activation = None,
    initializer: Initializer = None,
    normalization: Normalization = None,
    optimizer: Optimizer = None,
    learning_rate: LearningRate = None,
    batch_size: BatchSize = None,
    epochs: Epochs = None,
    seed: Seed = None,
    device: Device = None,
    precision: Precision = None,
    spec: SpecFile = None,
    follow: Follow = True,
    as_json: AsJson = False,
) -> None:
    """Submit a job and watch it learn; Ctrl-C lets it go on."""
    # Only what was given: the defaults are the service's.
    asked = _place(ctx.params, _read(spec) if spec else {})
    with connected() as client:
        if isinstance(asked.get("dataset"), str):
            asked["dataset"] = client.find_dataset(asked["dataset"])
        job = client.submit(asked)
        remark(f"Submitted as {job.json['id']}.")
        if not follow:
            tell(job, show_job, as_json)
            return
        ended = _follow(client, job.json["id"])
        tell(ended, show_result, as_json)
        expect("succeeded", ended.json)


def _read(file: TextIO) -> Json:
    try:
        spec = json.load(file)
    except ValueError as error:
        raise typer.BadParameter(f"Expected JSON in {file.name}: {error}.") from error
    if not isinstance(spec, dict):
        raise typer.BadParameter(f"Expected a JSON object in {file.name}.")
    return spec


def _place(options: Mapping[str, Any], spec: Json) -> Json:
    """The spec, with the given options written into it."""
    for option, (*parents, field) in PLACES.items():
        if options[option] is not None:
            part = spec
            for parent in parents:
                part = part.setdefault(parent, {})
                if not isinstance(part, dict):
                    raise typer.BadParameter(f"Expected an object at /{parent} in the spec.")
            part[field] = options[option]
    if options["learning_rate"] is not None:
        # The service tells the optimizers apart by their kind; Adam is its default.
        spec["optimizer"].setdefault("kind", "adam")
    return spec


def _follow(client: Client, job: str) -> Answer:
    try:
        return follow_job(client, job, "Training")
    except KeyboardInterrupt as interrupt:
        remark(
            f"Detached; the job goes on. `purr show {job}` shows it, `purr cancel {job}` ends it."
        )
        raise typer.Exit(DETACHED) from interrupt
