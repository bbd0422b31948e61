"""What `/openapi.json` shows as a dataset."""

from worker.jsontypes import Json

DATASET_ID = "ds_01a2040b660878eebf66a9019c7d77f4"
DIGEST = "sha256:fa95ffcb6e0009b8cec2aef6ae2db7a34480a63004ec56bf1f85096d33427e68"
DATASET: Json = {
    "id": DATASET_ID,
    "name": "sketches",
    "state": "ready",
    "kind": "images",
    "classes": ["other", "cat"],
    "shape": [64, 64, 3],
    "splits": {
        "train": {"rows": 600, "per_class": [300, 300]},
        "test": {"rows": 200, "per_class": [100, 100]},
    },
    "digest": DIGEST,
    "findings": [],
    "problem": None,
    "bytes": 9_837_938,
    "created_at": "2026-11-22T16:16:25.608000Z",
    "trashed_until": None,
}
IMPORTING: Json = {
    "id": DATASET_ID,
    "name": "sketches",
    "state": "importing",
    "findings": [],
    "bytes": 9_841_664,
    "created_at": "2026-11-22T16:16:25.608000Z",
}
