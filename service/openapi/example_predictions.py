"""Examples of predictions."""

from service.openapi.example_unsure import PREDICTION, UNSURE_HERE
from worker.jsontypes import Json

ANSWER: Json = {
    "model": "cats",
    "version": 1,
    "alias": "champion",
    "fingerprint": "1b81562f504f94fc",
    "threshold": None,
    "unsure": UNSURE_HERE,
    "predictions": [PREDICTION],
    "warnings": [],
}
ROWS: Json = {"rows": [[0, 128, 255]]}
ROUTES = "predict", "predict_by_name", "predict_by_alias", "predict_by_version"
PREDICTION_BODIES: Json = dict.fromkeys(ROUTES, ROWS)
PREDICTION_ANSWERS: Json = dict.fromkeys(ROUTES, ANSWER)
