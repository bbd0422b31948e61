"""A scoring, as `/openapi.json` shows it."""

from worker.jsontypes import Json

SCORING_ID = "pred_01a22c51a9d27f4c8e1b2a3c4d5e6f70"
LINE = (
    '{"row":0,"split":"test","name":"pets/test/cat/1.jpg","label":"cat","prediction":"cat",'
    '"probability":0.97,"probabilities":{"other":0.03,"cat":0.97},"decision":"cat",'
    '"confidence":0.94,"reason":null}\n'
)


SPLIT: Json = {
    "rows": 200,
    "predicted": {"other": 109, "cat": 91},
    "unsure": 12,
    "problems": 0,
    "labelled_rows": 200,
    "accuracy": 0.905,
    "accuracy_interval": [0.8563983883518006, 0.9383368972826135],
}


def scorings(dataset_id: str) -> Json:
    """Returns the answers of the operations on scorings of a dataset."""
    queued: Json = {
        "id": SCORING_ID,
        "state": "queued",
        "requested": None,
        "model": {"name": "cats", "version": 1},
        "dataset": dataset_id,
        "split": "test",
        "top": 10,
        "threshold": None,
        "progress": None,
        "attempt": 0,
        "queue_position": 1,
        "created_at": "2026-11-29T23:20:11.218000Z",
        "started_at": None,
        "finished_at": None,
        "problem": None,
        "result": None,
        "bytes": 0,
    }
    succeeded = {
        **queued,
        "state": "succeeded",
        "attempt": 1,
        "queue_position": None,
        "started_at": "2026-11-29T23:20:11.240000Z",
        "finished_at": "2026-11-29T23:20:12.011000Z",
        "result": {"rows": 200, "splits": {"test": SPLIT}, "warnings": []},
        "bytes": 38_114,
    }
    return {
        "submit_scoring": queued,
        "list_scorings": {"data": [succeeded], "next": None},
        "show_scoring": succeeded,
        "cancel_scoring": {**queued, "state": "cancelled", "queue_position": None},
        "download_results": LINE,
    }


def wanted(dataset_id: str) -> Json:
    """Returns a request to score a dataset."""
    return {"model": "cats", "dataset": dataset_id, "split": "test"}
