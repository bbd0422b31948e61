"""How datasets look."""

from collections.abc import Iterable, Sequence

from service.cli.render.lists import say_reasons
from service.cli.render.words import (
    Fields,
    clock,
    finding_fields,
    label_fields,
    problem_fields,
    size,
    tags_of,
)
from service.cli.terminal import say_fields, say_table
from worker.jsontypes import Json


def show_dataset(dataset: Json) -> None:
    say_fields(_fields(dataset))


def show_datasets(datasets: Sequence[Json]) -> None:
    say_table(
        ("id", "name", "state", "rows", "size", "classes", "tags"),
        (
            (*_beginning(d), _rows(d), _size(d), ", ".join(d.get("classes") or ()), tags_of(d))
            for d in datasets
        ),
    )
    say_reasons(datasets)


def show_trash(datasets: Sequence[Json]) -> None:
    say_table(
        ("id", "name", "state", "rows", "size", "until"),
        ((*_beginning(d), _rows(d), _size(d), d["trashed_until"]) for d in datasets),
    )


def import_note(dataset: Json) -> str:
    """What an import is at, in a few words."""
    if dataset["state"] != "importing":
        return str(dataset["state"])
    if (progress := dataset.get("progress")) is None:
        return "waiting for a worker"
    done, total, left = progress["done"], progress["total"], progress["eta_s"]
    rows = f" {done:,} of {total:,} rows" if total else f" {done:,} rows" if done else ""
    return f"{progress['phase']}{rows}" + (f", {clock(left)} left" if left is not None else "")


def counts_of(dataset: Json) -> str:
    """The rows of each split and class, in words."""
    return "; ".join(
        f"{split} {_split(counts, dataset.get('classes') or ())}"
        for split, counts in (dataset.get("splits") or {}).items()
    )


def _fields(dataset: Json) -> Fields:
    for name in ("id", "name", "version", "parent", "state", "kind"):
        yield name, dataset.get(name)
    yield "progress", import_note(dataset) if dataset["state"] == "importing" else None
    yield "classes", ", ".join(dataset.get("classes") or ()) or None
    yield "shape", " x ".join(map(str, dataset.get("shape") or ())) or None
    for split, counts in (dataset.get("splits") or {}).items():
        yield split, _split(counts, dataset.get("classes") or ())
    yield "digest", dataset.get("digest")
    yield "size", _size(dataset)
    yield "until", dataset.get("trashed_until")
    yield from label_fields(dataset)
    yield from finding_fields(dataset)
    yield from problem_fields(dataset)


def _beginning(dataset: Json) -> tuple[object, ...]:
    return dataset["id"], dataset["name"], dataset["state"]


def _size(dataset: Json) -> str | None:
    return size(dataset["bytes"]) if "bytes" in dataset else None


def _rows(dataset: Json) -> str:
    return " + ".join(str(split["rows"]) for split in (dataset.get("splits") or {}).values())


def _split(counts: Json, classes: Iterable[str]) -> str:
    per_class = zip(classes, counts.get("per_class") or (), strict=False)
    return f"{counts['rows']} rows: " + ", ".join(f"{count} {name}" for name, count in per_class)
