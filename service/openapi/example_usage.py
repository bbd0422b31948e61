"""Limits, and what takes the room of a store, as `/openapi.json` shows it."""

from worker.jsontypes import Json

ABOUT: Json = {
    "limits": {"max_upload_bytes": 2147483648, "max_json_bytes": 65536},
    "show_retention": {
        "dry_run": False,
        "kinds": [
            {"kind": "jobs", "days": 0, "newest": 0, "due": 0, "due_bytes": 0},
            {"kind": "checkpoints", "days": 0, "newest": 0, "due": 0, "due_bytes": 0},
            {"kind": "metrics", "days": 90, "newest": 0, "due": 1, "due_bytes": 13145},
            {"kind": "events", "days": 0, "newest": 0, "due": 0, "due_bytes": 0},
            {"kind": "originals", "days": 0, "newest": 0, "due": 0, "due_bytes": 0},
        ],
        "due": [
            {
                "kind": "metrics",
                "id": "job_01a2040b6a417fb68a3a0359a6ecc2ad",
                "bytes": 13145,
                "why": "it is older than 90 days",
            }
        ],
    },
    "show_usage": {
        "counted_at": "2026-11-22T12:01:25.298000Z",
        "bytes": 3_412_551,
        "free_bytes": 81_604_378_624,
        "reserve_bytes": 268_435_456,
        "max_bytes": 0,
        "kinds": [
            {"kind": "datasets", "bytes": 2_461_880, "files": 6, "things": 1},
            {"kind": "models", "bytes": 950_671, "files": 9, "things": 1},
        ],
        "largest": [
            {"kind": "datasets", "id": "ds_01a2040b660878eebf66a9019c7d77f4", "bytes": 2_461_880},
            {"kind": "models", "id": "cats", "bytes": 950_671},
        ],
    },
}
