"""`purr datasets edit`: a new version of a dataset."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson, Dataset
from service.cli.follow import expect, wait_until_imported
from service.cli.names import dataset_id
from service.cli.render.datasets import show_dataset
from service.cli.render.lists import tell
from service.cli.terminal import remark
from worker.jsontypes import Json

ROW = re.compile(r"(\w+):(\d+)(?:=(.+))?")  # train:17, train:17=cat


def row(text: str) -> Json:
    """A row as options name it; what follows it is its `value`."""
    found = ROW.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            f"Expected a split and a row, such as train:17 or train:17=cat; got {text}."
        )
    return {"split": found[1], "row": int(found[2]), "value": found[3]}


def pair(text: str) -> tuple[str, str]:
    """Two names with an equals sign between them."""
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise typer.BadParameter(f"Expected two names, such as cat=lion; got {text}.")
    return old, new


Rows: TypeAlias = list[Any] | None
Cleaned = Annotated[
    bool, typer.Option("--cleaned", help="Make the edits that the findings propose.")
]
Drop = Annotated[Rows, typer.Option(parser=row, metavar="ROW", help="Leave it out: train:17.")]
Relabel = Annotated[
    Rows, typer.Option(parser=row, metavar="ROW=CLASS", help="It is of that class: train:17=cat.")
]
Move = Annotated[
    Rows, typer.Option(parser=row, metavar="ROW=SPLIT", help="Into that split: train:17=test.")
]
Rename = Annotated[Rows, typer.Option(parser=pair, metavar="OLD=NEW", help="A class: cat=lion.")]
Merge = Annotated[
    Rows, typer.Option(parser=pair, metavar="OLD=NEW", help="A class; others may join it there.")
]
Add = Annotated[str | None, typer.Option(metavar="DATASET", help="Add the rows of this dataset.")]
TestFraction = Annotated[
    float | None, typer.Option(help="Divide all rows anew, this share into the test split.")
]
ValidationFraction = Annotated[
    float | None, typer.Option(help="And this share into the validation split.")
]
Seed = Annotated[int | None, typer.Option(help="Which rows these are. Default: 1.")]
ImageSize = Annotated[
    int | None, typer.Option(help="Pixels on each side; the uploaded files are read again.")
]


def edit(
    dataset: Dataset,
    cleaned: Cleaned = False,
    drop: Drop = None,
    relabel: Relabel = None,
    move: Move = None,
    rename: Rename = None,
    merge: Merge = None,
    add: Add = None,
    test_fraction: TestFraction = None,
    validation_fraction: ValidationFraction = None,
    seed: Seed = None,
    image_size: ImageSize = None,
    as_json: AsJson = False,
) -> None:
    """Make a new version of a dataset, and wait until it is checked; the old one stays as it is."""
    resplit = {
        "test_fraction": test_fraction, "validation_fraction": validation_fraction, "seed": seed
    }  # fmt: skip
    asked: Json = {
        "cleaned": cleaned,
        "drop": named(drop, None),
        "relabel": named(relabel, "label"),
        "move": named(move, "to"),
        "rename_class": dict(rename or ()),
        "merge_classes": merged(merge or ()),
        "resplit": {name: value for name, value in resplit.items() if value is not None},
        "image_size": image_size,
    }
    with connected() as client:
        asked["add"] = add and dataset_id(client, add)
        edits = {name: value for name, value in asked.items() if value}
        answer = client.edit_dataset(dataset_id(client, dataset), edits)
        remark(f"Version {answer.json['version']} is {answer.json['id']}.")
        answer = wait_until_imported(client, answer.json["id"])
        tell(answer, show_dataset, as_json)
        expect("ready", answer.json)


def named(rows: Iterable[Json] | None, value: str | None) -> list[Json]:
    """The rows as the API names them, each with its value under this name."""
    return [
        {"split": each["split"], "row": each["row"]} | ({value: each["value"]} if value else {})
        for each in rows or ()
    ]


def merged(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The old names by the new one."""
    found: dict[str, list[str]] = {}
    for old, new in pairs:
        found.setdefault(new, []).append(old)
    return found
