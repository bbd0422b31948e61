"""What `/openapi.json` shows as examples, by the operation that they are of."""

from service import __version__
from service.openapi.example_aliases import PROMOTION, WANTED, aliases
from service.openapi.example_backbones import BACKBONE, BACKBONE_IMPORTING
from service.openapi.example_checkpoints import checkpoints
from service.openapi.example_comparison import comparison
from service.openapi.example_datasets import (
    DATASET,
    DATASET_ID,
    DIFFERENCE,
    DIGEST,
    EDITS,
    IMPORTING,
    SPLIT_CSV,
    VERSION_IMPORTING,
)
from service.openapi.example_epochs import EPOCH
from service.openapi.example_estimates import estimate
from service.openapi.example_exports import EXPORT
from service.openapi.example_inference import INFERENCE_ANSWERS, INFERENCE_BODIES
from service.openapi.example_keys import KEY_ANSWERS, KEY_BODIES, KEY_ID
from service.openapi.example_labels import LABELS, labels
from service.openapi.example_lessons import LESSON
from service.openapi.example_live import FEEDBACK, LIVE_ANSWERS
from service.openapi.example_predictions import PREDICTION_ANSWERS, PREDICTION_BODIES
from service.openapi.example_recipes import CLASSIC
from service.openapi.example_schedules import SCHEDULE_ID, retraining, schedules
from service.openapi.example_scores import EVALUATION
from service.openapi.example_scorings import SCORING_ID, scorings, wanted
from service.openapi.example_sweeps import SWEEP_ID, asked, sweeps
from service.openapi.example_telemetry import EVENT, LOG_LINE, TELEMETRY
from service.openapi.example_unsure import THRESHOLDS, UNSURE
from service.openapi.example_usage import ABOUT
from service.openapi.example_verification import CHAIN, ENVIRONMENT, verification
from service.openapi.example_views import errors, explanation, held_out, views
from service.openapi.example_webhooks import WEBHOOK_ID, webhook
from service.routes.links import PATHS
from worker.jsontypes import Json

JOB_ID = "job_01a2040b6a417fb68a3a0359a6ecc2ad"
NEXT_JOB_ID = "job_01a2040f1b2c7d3e9a4b5c6d7e8f9a0b"
DONE = "It was trained for all of its 100 epochs."

# A job that runs once `dataset` is one's own.
SPEC: Json = {
    "dataset": DATASET_ID,
    "model": "cats",
    "network": {"hidden_units": [20, 7, 5], "activation": "relu", "initializer": "he"},
    "optimizer": {"kind": "adam", "learning_rate": 0.001},
    "batch_size": 64,
    "epochs": 100,
}
LAYERS = (
    ("flatten", None, 12_288, 0, 0),
    ("dense", 1, 20, 245_780, 245_760),
    ("activation", None, 20, 0, 0),
    ("dense", 2, 7, 147, 140),
    ("activation", None, 7, 0, 0),
    ("dense", 3, 5, 40, 35),
    ("activation", None, 5, 0, 0),
    ("dense", 4, 1, 6, 5),
)
SUMMARY: list[Json] = [
    {
        "kind": kind, "number": number, "shape": [n], "parameters": p,
        "weights": "drawn" if number else None, "multiplications": times, "time_share": None,
    }
    for kind, number, n, p, times in LAYERS
]  # fmt: skip
SHARES = 0.0, 0.9342, 0.0081, 0.0174, 0.0052, 0.0163, 0.0049, 0.0139
MEASURED_SUMMARY: list[Json] = [
    {**layer, "time_share": share} for layer, share in zip(SUMMARY, SHARES, strict=True)
]
QUEUED: Json = {
    "id": JOB_ID,
    "state": "queued",
    "requested": None,
    "spec": SPEC,
    "summary": SUMMARY,
    "model": None,
    "device": None,
    "progress": None,
    "attempt": 0,
    "queue_position": 1,
    "created_at": "2026-11-22T16:16:26.694000Z",
    "started_at": None,
    "finished_at": None,
    "findings": [],
    "gradient_error": None,
    "gradient_check": None,
    "ended_by": None,
    "ended_because": None,
    **dict.fromkeys(("parent", "sweep", "made_by", "traceparent")),
    "promotion": None,
    "problem": None,
    "result": None,
    "notes": "",
    "tags": [],
}
RUNNING: Json = {
    **QUEUED,
    "state": "running",
    "summary": MEASURED_SUMMARY,
    "device": {"kind": "cpu", "name": None},
    "progress": {
        "phase": "training", "epoch": 40, "epochs": 100, "percent": 40.0, "eta_s": 0.7,
        "rows_per_s": 59127.3, "loss": 0.21, "accuracy": 0.93,
    },
    "attempt": 1, "queue_position": None, "started_at": "2026-11-22T16:16:26.723000Z",
}  # fmt: skip
SUCCEEDED: Json = {
    **RUNNING,
    "state": "succeeded",
    "model": {"name": "cats", "version": 1},
    "progress": {
        "phase": "training", "epoch": 100, "epochs": 100, "percent": 100.0, "eta_s": 0.0,
        "rows_per_s": 59127.3, "loss": 0.054, "accuracy": 1.0,
    },
    "finished_at": "2026-11-22T16:16:27.970000Z",
    "gradient_error": 1.1162495176190392e-10,
    "gradient_check": {
        "compared": 120,
        "largest_error": 1.1162495176190392e-10,
        "message": "120 derivatives were compared; the largest relative error is 1.1e-10.",
    },
    "ended_by": "epochs",
    "ended_because": DONE,
    "promotion": PROMOTION,
    "result": EVALUATION,
}  # fmt: skip
PAUSED: Json = {**RUNNING, "state": "paused"}
VERSION: Json = {
    "name": "cats",
    "version": 1,
    "created_at": "2026-11-22T16:16:27.961323Z",
    "job": JOB_ID,
    "spec": SPEC,
    "dataset": {"id": DATASET_ID, "digest": DIGEST},
    "shape": [64, 64, 3], "classes": ["other", "cat"],
    "preprocessing": {"height": 64, "width": 64, "mode": "RGB"},
    "result": EVALUATION, "ended_by": "epochs", "findings": [],
    "fold_difference": 5.8834652150174804e-08,
    "digest": DIGEST, "parents": [], "backbone": None, "aliases": ["champion"],
    "bytes": 991_232, "trashed_until": None,
    "unsure": UNSURE, "chain": CHAIN, "environment": ENVIRONMENT, "export": EXPORT,
}  # fmt: skip
MODEL: Json = {
    "name": "cats", "newest": 1, "champion": 1, "aliases": {"champion": 1}, "total": 1,
    "notes": "", "tags": [], "versions": [VERSION], "next": None,
}  # fmt: skip


def listed(item: Json) -> Json:
    return {"data": [item], "next": None}


PARAMETERS: Json = {
    "job_id": JOB_ID, "dataset_id": DATASET_ID, "webhook_id": WEBHOOK_ID, "key_id": KEY_ID,
    "scoring_id": SCORING_ID, "sweep_id": SWEEP_ID, "schedule_id": SCHEDULE_ID,
    "backbone": BACKBONE["name"],
}  # fmt: skip
BODIES: Json = {
    "upload_dataset": {"url": "https://files.example/pets.zip"},
    "edit_dataset": EDITS,
    **dict.fromkeys(("submit_job", "estimate_job", "make_step"), SPEC),
    "retry_job": {"findings": "all"},
    "submit_sweep": asked(DATASET_ID),
    "submit_schedule": retraining(DATASET_ID),
    "give_feedback": FEEDBACK,
    "set_alias": WANTED,
    "submit_scoring": wanted(DATASET_ID),
    **dict.fromkeys(("label_job", "label_dataset", "label_model"), LABELS),
    **PREDICTION_BODIES,
    **INFERENCE_BODIES,
    **KEY_BODIES,
}
ANSWERS: Json = {
    "livez": {"status": "alive"},
    "readyz": {"status": "ready", "away": []},
    "show_telemetry": TELEMETRY,
    "upload_dataset": IMPORTING,
    "list_datasets": listed(DATASET),
    "show_dataset": DATASET,
    **views(DATASET_ID, DIGEST),
    **errors(DATASET_ID),
    **held_out(DATASET_ID),
    **dict.fromkeys(("explain", "explain_by_version"), explanation(DATASET_ID)),
    "cancel_import": {**IMPORTING, "state": "cancelled", "bytes": 0},
    "edit_dataset": VERSION_IMPORTING,
    "list_versions": listed(DATASET),
    "list_rows": SPLIT_CSV,
    "compare_datasets": DIFFERENCE,
    "restore_dataset": DATASET,
    "add_backbone": BACKBONE_IMPORTING,
    "list_backbones": listed(BACKBONE),
    "show_backbone": BACKBONE,
    "cancel_backbone": {**BACKBONE_IMPORTING, "state": "cancelled", "bytes": 0},
    "submit_job": QUEUED,
    "estimate_job": estimate(SPEC, MEASURED_SUMMARY),
    "list_jobs": listed(SUCCEEDED),
    "show_job": SUCCEEDED,
    "retry_job": {
        **QUEUED,
        "id": NEXT_JOB_ID,
        "spec": {**SPEC, "epochs": 400, "parent": JOB_ID},
        "parent": JOB_ID,
        "changes": [{"path": "/epochs", "before": 100, "after": 400}],
    },
    **checkpoints({**QUEUED, "id": NEXT_JOB_ID}, JOB_ID),
    **labels(SUCCEEDED, DATASET, MODEL),
    "cancel_job": {**RUNNING, "requested": "cancel"},
    "stop_job": {**RUNNING, "requested": "stop"},
    "pause_job": PAUSED,
    "resume_job": {**PAUSED, "state": "queued", "queue_position": 1},
    "show_evaluation": EVALUATION,
    "show_metrics": listed(EPOCH),
    **comparison([JOB_ID, NEXT_JOB_ID], DATASET_ID, EVALUATION),
    **dict.fromkeys(("show_step", "make_step"), LESSON),
    "follow_job": EVENT,
    "show_log": listed(LOG_LINE),
    "list_models": listed(MODEL),
    "show_model": MODEL,
    "list_model_versions": listed(VERSION),
    "show_version": VERSION,
    "show_version_evaluation": EVALUATION,
    "show_thresholds": THRESHOLDS,
    **aliases(),
    **scorings(DATASET_ID),
    **sweeps(DATASET_ID, NEXT_JOB_ID),
    **schedules(DATASET_ID, NEXT_JOB_ID),
    **LIVE_ANSWERS,
    "restore_model": MODEL,
    "restore_model_version": {**VERSION, "aliases": []},
    **verification({**QUEUED, "id": NEXT_JOB_ID}),
    **PREDICTION_ANSWERS,
    **INFERENCE_ANSWERS,
    "list_webhooks": listed(webhook(JOB_ID)),
    "replay_webhook": webhook(JOB_ID),
    **KEY_ANSWERS,
    "list_recipes": {"data": [CLASSIC], "next": None},
    "job_schema": {"title": "JobSpec", "type": "object", "required": ["dataset"]},
    **ABOUT,
    "show_links": {"version": __version__, **PATHS},
}
