"""The numbers of a job, each under the name that trackers show it by: `kind/which`."""

from collections.abc import Iterator

from worker.jsontypes import Json

# Fields of a row of the metrics.
OF_EPOCH = {
    "loss": "loss/train",
    "accuracy": "accuracy/train",
    "validation_loss": "loss/validation",
    "validation_accuracy": "accuracy/validation",
    "learning_rate": "learning_rate",
}
OF_LAYER = ("weight_norm", "update_ratio", "saturated", "dead")
OF_RESULT = ("loss", "accuracy")  # of each split, measured after the training


def of_epoch(row: Json) -> Iterator[tuple[str, float]]:
    """Yields the name and the value of each number of an epoch; what is null has none.

    Those of a training without a fold say which at the end of their names.
    """
    held_out = row.get("fold") is not None
    behind = f"/repeat_{row['repeat']}_fold_{row['fold']}" if held_out else ""
    for name, value in _of_row(row):
        if value is not None:
            yield f"{name}{behind}", value


def of_result(result: Json | None) -> Iterator[tuple[str, float]]:
    """Yields the same of what was measured of a model: none where nothing was."""
    for split in ("train", "validation", "test"):
        measured = (result or {}).get(split) or {}
        for name in OF_RESULT:
            if measured.get(name) is not None:
                yield f"result/{split}_{name}", measured[name]


def _of_row(row: Json) -> Iterator[tuple[str, float | None]]:
    for field, name in OF_EPOCH.items():
        yield name, row[field]
    for number, norm in enumerate(row["gradient_norms"] or (), 1):
        yield f"gradient_norm/layer_{number}", norm
    for number, layer in enumerate(row["layers"] or (), 1):
        for field in OF_LAYER:
            yield f"{field}/layer_{number}", layer.get(field)
