"""Answers of a service, for the command to show."""

from typing import Any

JOB: dict[str, Any] = {
    "id": "job_1",
    "state": "succeeded",
    "requested": None,
    "spec": {"dataset": "ds_1", "model": "cats"},
    "model": {"name": "cats", "version": 3},
    "progress": {
        "phase": "training",
        "epoch": 2,
        "epochs": 2,
        "percent": 100.0,
        "eta_s": 0.0,
        "rows_per_s": 9.0,
        "loss": 0.25,
        "accuracy": 0.985,
    },
    "attempt": 1,
    "queue_position": None,
    "created_at": "2026-01-01T00:00:00Z",
    "started_at": "2026-01-01T00:00:00Z",
    "finished_at": "2026-01-01T00:00:01Z",
    "problem": None,
    "result": {
        "train": {"loss": 0.25, "accuracy": 0.985},
        "validation": None,
        "test": {
            "loss": 0.5,
            "accuracy": 0.8,
            "accuracy_interval": [0.669, 0.888],
            "confusion": [[12, 5], [5, 28]],
        },
    },
}
DATASET: dict[str, Any] = {
    "id": "ds_1",
    "name": "cats",
    "state": "ready",
    "kind": "images",
    "classes": ["[red]non-cat[/red]", ":cat:"],
    "shape": [64, 64, 3],
    "splits": {"train": {"rows": 209, "per_class": [137, 72]}},
    "digest": "sha256:0",
    "findings": [{"code": "few_rows", "severity": "warning", "message": "Few rows."}],
    "problem": None,
    "bytes": 2_570_240,
    "trashed_until": None,
}
TRASHED = DATASET | {"state": "trashed", "trashed_until": "2026-01-08T00:00:00Z"}
COUNTS = [16 * n for n in range(32)]
NUMBERS: dict[str, Any] = {
    "mean": [127.4, 99.5, 3.25],
    "sigma": [67.6, 9.4, 0.0],
    "histogram": [COUNTS] * 3,
}
NO_NUMBERS = {"rows": 0, "first": None, "mean": None, "sigma": None, "histogram": [[0] * 32] * 3}
STATISTICS: dict[str, Any] = {
    "dataset": "ds_1",
    "digest": "sha256:0",
    "features": None,
    "edges": [[8.0 * n for n in range(33)]] * 3,
    "features_left_out": 0,
    "splits": {
        "train": {
            "rows": 209,
            **NUMBERS,
            "per_class": {
                "[red]non-cat[/red]": {"rows": 209, "first": 5, **NUMBERS},
                ":cat:": NO_NUMBERS,
            },
        }
    },
}
EPOCH = {"epoch": 2, "loss": 0.25, "accuracy": 0.985, "seconds": 0.1}
VERSION = {
    "name": "cats",
    "version": 3,
    "created_at": "2026-01-01T00:00:01Z",
    "job": "job_1",
    "spec": {"network": {"hidden_units": [20, 7, 5]}},
    "classes": ["non-cat", "cat"],
    "result": JOB["result"],
}
MODEL = {"name": "cats", "newest": 3, "total": 1, "versions": [VERSION], "next": None}
EVALUATION = {
    "train": {
        "rows": 20,
        "loss": 0.5,
        "accuracy": 0.8,
        "confusion": [[8, 2], [1, 9]],
        "per_class": {
            "non-cat": {"precision": 0.8889, "recall": 0.8},
            ":cat:": {"precision": 0.8182, "recall": 0.9},
        },
    },
    "validation": None,
    "test": None,
    "temperature": 1.5,
}
ERRORS = {
    "model": "cats",
    "version": 3,
    "dataset": "ds_1",
    "split": "test",
    "rows": 50,
    "wrong": 11,
    "data": [
        {
            "split": "test",
            "row": 17,
            "name": "cat-17.jpg",
            "true": "cat",
            "predicted": "other",
            "probability": 0.971,
            "true_probability": 0.029,
            "looks_mislabelled": True,
            "picture": None,
        }
    ],
    "next": None,
}
WEBHOOK = {
    "id": "msg_1",
    "job": "job_1",
    "type": "job.succeeded",
    "url": "https://cats.example/hook",
    "state": "failed",
    "attempts": 10,
    "next_at": None,
    "last_status": 503,
    "last_error": "Expected a status from 200 to 299, got 503.",
    "created_at": "2026-01-01T00:00:01Z",
    "delivered_at": None,
}
USAGE = {
    "counted_at": "2026-01-01T00:00:00Z",
    "bytes": 3_000_000,
    "free_bytes": 2**36,
    "reserve_bytes": 2**28,
    "max_bytes": 0,
    "kinds": [
        {"kind": "jobs", "bytes": 0, "files": 0, "things": 0},
        {"kind": "models", "bytes": 1_000, "files": 9, "things": 1},
        {"kind": "datasets", "bytes": 2_999_000, "files": 6, "things": 2},
    ],
    "largest": [{"kind": "datasets", "id": "ds_1", "bytes": 2_000_000}],
}
RETENTION = {
    "dry_run": False,
    "kinds": [
        {"kind": "jobs", "days": 0, "newest": 0, "due": 0, "due_bytes": 0},
        {"kind": "metrics", "days": 90, "newest": 500, "due": 1, "due_bytes": 2_000},
    ],
    "due": [{"kind": "metrics", "id": "job_1", "bytes": 2_000, "why": "it is older than 90 days"}],
}
KEY: dict[str, Any] = {
    "id": "key_1",
    "name": "the shop",
    "scopes": ["predict", "read"],
    "per_minute": None,
    "state": "active",
    "created_at": "2026-01-01T00:00:00Z",
    "created_by": "PURR_API_KEY",
    "expires_at": None,
    "rotated_at": None,
    "old_until": None,
    "revoked_at": None,
    "last_used_at": "2026-01-01T00:00:01Z",
}
AUDIT: dict[str, Any] = {
    "id": "1-0",
    "at": "2026-01-01T00:00:00Z",
    "who": "key_1",
    "name": "the shop",
    "claimed": "",
    "from": "192.0.2.7",
    "method": "DELETE",
    "path": "/v1/models/cats",
    "status": 204,
    "code": "",
    "request_id": "9c6b",
    "left_out": 0,
}
LIMITS = {"max_attempts": 3, "max_upload_bytes": 2_147_483_648, "max_json_bytes": 100}
MEASURED = {"on": "sketches", "accuracy": 0.98, "seeds": 3, "minutes": 1.5, "cores": 2}
RECIPES: list[dict[str, Any]] = [
    {"name": name, "sentence": "A network.", "suits": "Pictures.", "spec": {}, "reached": reached}
    for name, reached in (("classic", None), ("photos", [MEASURED]))
]
# What a command asks for besides, where it answers a person.
BESIDES = {"datasets show ds_1": ("/v1/datasets/ds_1/statistics", STATISTICS)}
READING = {
    "datasets list": ("/v1/datasets", {"data": [DATASET], "next": None}),
    "datasets show ds_1": ("/v1/datasets/ds_1", DATASET),
    "jobs": ("/v1/jobs", {"data": [JOB], "next": None}),
    "show job_1": ("/v1/jobs/job_1", JOB),
    "metrics job_1": ("/v1/jobs/job_1/metrics", {"data": [EPOCH], "next": None}),
    "models list": ("/v1/models", {"data": [MODEL], "next": None}),
    "models show cats": ("/v1/models/cats", MODEL),
    "evaluation job_1": ("/v1/jobs/job_1/evaluation", EVALUATION),
    "evaluation cats --version 3": ("/v1/models/cats/versions/3/evaluation", EVALUATION),
    "errors cats --version 3": ("/v1/models/cats/versions/3/errors", ERRORS),
    "webhooks list": ("/v1/webhooks", {"data": [WEBHOOK], "next": None}),
    "audit": ("/v1/audit", {"data": [AUDIT], "next": None}),
    "keys list": ("/v1/keys", {"data": [KEY], "next": None}),
    "recipes": ("/v1/recipes", {"data": RECIPES, "next": None}),
    "limits": ("/v1/limits", LIMITS),
    "usage": ("/v1/usage", USAGE),
    "retention": ("/v1/retention", RETENTION),
    "ready": ("/readyz", {"status": "ready", "away": []}),
}
