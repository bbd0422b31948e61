"""Datasets and their versions, as `/openapi.json` shows them."""

from worker.jsontypes import Json

DATASET_ID = "ds_01a2040b660878eebf66a9019c7d77f4"
VERSION_ID = "ds_01a20412c3b27f0e9d5a6b7c8d9e0f1a"
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
    "progress": None,
    "parent": None,
    "version": 1,
    "edits": None,
    "bytes": 9_837_938,
    "created_at": "2026-11-22T16:16:25.608000Z",
    "trashed_until": None,
}
IMPORTING: Json = {
    "id": DATASET_ID,
    "name": "sketches",
    "state": "importing",
    "findings": [],
    "progress": None,
    "bytes": 9_841_664,
    "created_at": "2026-11-22T16:16:25.608000Z",
}
EDITS: Json = {
    "drop": [{"split": "train", "row": 17}],
    "relabel": [{"split": "test", "row": 3, "label": "cat"}],
}
VERSION_IMPORTING: Json = {
    **IMPORTING, "id": VERSION_ID, "bytes": 0, "parent": DATASET_ID, "version": 2, "edits": EDITS
}  # fmt: skip
DIFFERENCE: Json = {
    "unchanged": 798,
    "removed": {"rows": 1, "first": [{"split": "train", "row": 17, "label": "other"}]},
    "added": {"rows": 0, "first": []},
    "relabelled": {
        "rows": 1,
        "first": [
            {
                "before": {"split": "test", "row": 3, "label": "other"},
                "after": {"split": "test", "row": 3, "label": "cat"},
            }
        ],
    },
    "moved": {"rows": 0, "first": []},
}
ROW_DIGEST = "0c4d6ae81d1da0bdf5e37d5b3ef2f1ad0cbc3d20b3f05a0e7d1f9a1c8b9e4f27"
SPLIT_CSV = f"split,row,label,sha256,source\r\ntrain,0,other,{ROW_DIGEST},\r\n"
