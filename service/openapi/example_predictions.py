"""Examples of predictions."""

from worker.jsontypes import Json

ANSWER: Json = {
    "model": "cats",
    "version": 1,
    "alias": "champion",
    "fingerprint": "1b81562f504f94fc",
    "threshold": None,
    "predictions": [
        {"label": "cat", "probability": 0.97, "probabilities": {"other": 0.03, "cat": 0.97}}
    ],
    "warnings": [],
}
ROWS: Json = {"rows": [[0, 128, 255]]}
ROUTES = "predict", "predict_by_name", "predict_by_alias", "predict_by_version"
PREDICTION_BODIES: Json = dict.fromkeys(ROUTES, ROWS)
PREDICTION_ANSWERS: Json = dict.fromkeys(ROUTES, ANSWER)
