"""Notes and tags, as `/openapi.json` shows them."""

from worker.jsontypes import Json

LABELS: Json = {"notes": "With the photos of May.", "tags": ["baseline", "small"]}


def labels(job: Json, dataset: Json, model: Json) -> Json:
    """What each operation answers that sets some."""
    return {
        "label_job": {**job, **LABELS},
        "label_dataset": {**dataset, **LABELS},
        "label_model": {**model, **LABELS},
    }
