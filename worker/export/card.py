"""A model card in Markdown, made from the record, for whoever has a bundle and not the service."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from worker.jsontypes import Json

SPLITS = ("train", "validation", "test")
MOST_CLASSES = 50  # that are listed
# Of a spec, what is of its sender's: an address may have a secret in it.
PRIVATE = ("webhook", "notes", "tags")
SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#"} | {"\n": " ", "\r": " "})


def card(manifest: Json, evaluation: Json, about: Json) -> str:
    """Returns the card.

    Args:
        evaluation: all that was measured of the version.
        about: what is known of its export.
    """
    name, version = text(manifest["name"]), manifest["version"]
    parts: list[Iterable[str]] = [
        [f"# {name}, version {version}", ""],
        [f"Trained on {manifest['created_at'][:10]} by Purrceptron; ended by "
         f"{text(manifest.get('ended_by') or 'its last epoch')}.", ""],
        usage(manifest, about),
        data(manifest),
        results(evaluation),
        findings(manifest.get("findings", [])),
        limits(manifest, about),
        lineage(manifest),
        spec(manifest["spec"]),
    ]  # fmt: skip
    return "\n".join(line for part in parts for line in part)


def usage(manifest: Json, about: Json) -> Iterator[str]:
    needs = "NumPy, Pillow and ONNX Runtime" if manifest.get("backbone") else "NumPy and Pillow"
    yield from ("## Use", "")
    yield f"`python predict.py FILE …` answers, and needs {needs}. Before, it looks whether it"
    yield "does so here as where it was trained; `python predict.py --check` looks and no more."
    yield "`model.onnx` is for any runtime of ONNX:"
    yield ""
    yield from table(
        ("input", "type", "shape"),
        ((f"`{i['name']}`", i["dtype"], shape(i["shape"])) for i in about["inputs"]),
    )
    yield f"Opset {about['opset']}; the output `probabilities` has the classes in the order below."
    yield "All preprocessing is in it, but that a picture gets its size."
    yield ""


def data(manifest: Json) -> Iterator[str]:
    classes, dataset = manifest["classes"], manifest["dataset"]
    yield from ("## Data", "")
    yield f"Dataset `{dataset['id']}`, digest `{dataset['digest']}`."
    yield f"A sample has the shape {shape(manifest['shape'])}. {len(classes)} classes:"
    yield ""
    yield from (f"{n}. {text(c)}" for n, c in enumerate(classes[:MOST_CLASSES]))
    if len(classes) > MOST_CLASSES:
        yield f"… and {len(classes) - MOST_CLASSES} more, in model.json."
    yield ""


def results(evaluation: Json) -> Iterator[str]:
    yield from ("## Results", "")
    measured = [(split, scores) for split in SPLITS if (scores := evaluation.get(split))]
    rows = (
        (
            split,
            f"{scores['rows']:,}",
            interval(scores["accuracy"], scores.get("accuracy_interval")),
            percent(scores.get("majority_baseline")),
            interval(scores.get("auc"), scores.get("auc_interval"), figure),
        )
        for split, scores in measured
    )
    yield from table(("split", "rows", "accuracy (95 %)", "always the largest class", "AUC"), rows)
    yield "The rows of `train` were learned from: they say nothing of what is new."
    yield ""
    per_class = dict(measured).get("test", {}).get("per_class") or {}
    if per_class:
        yield from ("Of the test rows each class:", "")
    yield from table(
        ("class", "precision", "recall"),
        (
            (text(name), percent(scores.get("precision")), percent(scores.get("recall")))
            for name, scores in [*per_class.items()][:MOST_CLASSES]
        ),
    )


def findings(found: Sequence[Json]) -> Iterator[str]:
    yield from ("## Findings", "")
    if not found:
        yield "None."
    yield from (f"- **{text(f['severity'])}**: {text(f['message'])}" for f in found)
    yield ""


def limits(manifest: Json, about: Json) -> Iterator[str]:
    yield from ("## Limits", "")
    yield "- It names one of its classes for whatever it is given, also for what is none of them."
    yield "- It was measured on rows like those that it learned from; others may be harder."
    yield f"- model.onnx differs from the service by at most {about['largest_difference']:.1g} in"
    yield f"  probability, seen on {about['rows']:,} rows of {about['split']} and on made-up ones."
    if (int8 := about["int8"]) is not None:
        lost = interval(int8["accuracy_lost"], int8["interval"])
        yield f"- With weights of 8 bits, {lost} of accuracy is lost on the same rows."
    yield "- Pictures become the same pixels where Pillow and its JPEG library are the same; others"
    yield "  may differ by 1 of 255, beyond which predict.py refuses to answer."
    yield ""


def lineage(manifest: Json) -> Iterator[str]:
    yield from ("## Lineage", "")
    yield f"- Job `{manifest['job']}`, weights `{manifest['digest']}`."
    for parent in manifest.get("parents", []):
        yield (
            f"- Began with the weights of {text(parent['model'])} version {parent['version']}, "
            f"`{parent['digest']}`."
        )
    if (backbone := manifest.get("backbone")) is not None:
        yield f"- Learned from features of the backbone `{backbone}`."
    yield ""


def spec(whole: Json) -> Iterator[str]:
    told = {name: value for name, value in whole.items() if name not in PRIVATE}
    yield from ("## Spec", "", "```json", json.dumps(told, indent=1), "```", "")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows under a head; nothing where there are none."""
    if lines := [f"| {' | '.join(row)} |" for row in rows]:
        yield from (f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines, "")


def text(value: Any) -> str:
    """What somebody has named, as Markdown shows it and nothing else."""
    return str(value).translate(SPECIAL)


def shape(lengths: Sequence[int | None]) -> str:
    return " × ".join("any number" if length is None else f"{length:,}" for length in lengths)


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def figure(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"


def interval(
    found: float | None,
    ends: Sequence[float] | None,
    told: Callable[[float | None], str] = percent,
) -> str:
    within = f" ({told(ends[0])} to {told(ends[1])})" if ends else ""
    return told(found) + within
