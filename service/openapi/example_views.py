"""What `/openapi.json` shows of looking at a dataset, and at what a model answered of it."""

from service.openapi.example_unsure import DECIDED
from worker.jsontypes import Json

# With bins so few that a reader sees them all.
NUMBERS: Json = {
    "mean": [127.1, 118.8, 105.7],
    "sigma": [67.6, 66.4, 68.0],
    "histogram": [[11, 14, 15, 12], [13, 15, 14, 10], [16, 15, 12, 9]],
}


def views(dataset_id: str, digest: str) -> Json:
    """Returns the answers by their operations."""
    row = {
        "split": "train",
        "row": 3,
        "label": "cat",
        "name": "pets/train/cat/cat-0003.jpg",
        "sha256": "9af97f2587fd75fa63a82b069a6c915328d1dd29de9f8bf4615dea11ae6c4eb5",
        "findings": ["near_duplicates_across_splits"],
        "picture": f"/v1/datasets/{dataset_id}/rows/3.png?split=train",
        "values": None,
    }
    cat = {"rows": 600, "first": 0, **NUMBERS}
    statistics = {
        "digest": digest,
        "features": None,
        "edges": [[0.0, 64.0, 128.0, 192.0, 256.0]] * 3,
        "features_left_out": 0,
        "splits": {"train": {"rows": 600, **NUMBERS, "per_class": {"cat": cat}}},
    }
    return {
        "show_row": {"dataset": dataset_id, **row},
        "show_statistics": {"dataset": dataset_id, **statistics},
    }


def errors(dataset_id: str) -> Json:
    """Returns the answer by its operation."""
    row = {
        "split": "test",
        "row": 17,
        "name": "pets/test/cat/cat-0017.jpg",
        "true": "cat",
        "predicted": "non-cat",
        "probability": 0.9713,
        "true_probability": 0.0287,
        "looks_mislabelled": True,
        "picture": f"/v1/datasets/{dataset_id}/rows/17.png?split=test",
    }
    about = {"model": "cats", "version": 1, "dataset": dataset_id, "split": "test"}
    return {"list_errors": {**about, "rows": 50, "wrong": 11, "data": [row], "next": "1"}}


def held_out(dataset_id: str) -> Json:
    """Returns the answer by its operation."""
    answer = {
        "repeat": 1,
        "fold": 4,
        "predicted": "non-cat",
        "probability": 0.8114,
        "true_probability": 0.1886,
    }
    row = {
        "split": "train",
        "row": 3,
        "name": "pets/train/cat/cat-0003.jpg",
        "true": "cat",
        "answers": [answer],
        "picture": f"/v1/datasets/{dataset_id}/rows/3.png?split=train",
    }
    about = {"model": "cats", "version": 1, "dataset": dataset_id}
    return {"list_held_out": {**about, "rows": 209, "data": [row], "next": "4"}}


def explanation(dataset_id: str) -> Json:
    """Returns the answer of both operations that explain."""
    return {
        "model": "cats",
        "version": 1,
        "alias": "champion",
        "fingerprint": "1b81562f504f94fc",
        "prediction": {
            "label": "cat",
            "probability": 0.9313,
            "probabilities": {"non-cat": 0.0687, "cat": 0.9313},
            **DECIDED,
        },
        "explained": "cat",
        "method": "class_activation",
        "heat_map": "data:image/png;base64,iVBORw0KGgo…",
        "nearest": {
            "dataset": dataset_id,
            "compared": 600,
            "rows": 600,
            "data": [
                {
                    "row": 412,
                    "label": "cat",
                    "name": "pets/train/cat/cat-0412.jpg",
                    "similarity": 0.9871,
                    "picture": f"/v1/datasets/{dataset_id}/rows/412.png?split=train",
                }
            ],
        },
        "warnings": [],
    }
