"""What `/openapi.json` shows as the measures of a model."""

from service.openapi.example_unsure import OUTCOME
from worker.jsontypes import Json

SCORES: Json = {
    "rows": 200,
    "loss": 0.27413781954670075,
    "accuracy": 0.905,
    "accuracy_interval": [0.8563983883518006, 0.9383368972826135],
    "majority_baseline": 0.5,
    "confusion": [[95, 5], [14, 86]],
    "auc": 0.9775,
    "auc_interval": [0.9444074490507861, 0.9908498155012674],
    "per_class": {
        "other": {"precision": 0.8715596330275229, "recall": 0.95},
        "cat": {"precision": 0.945054945054945, "recall": 0.86},
    },
    "calibration_error": 0.06363594739137231,
    "unsure": OUTCOME,
}
LEARNED: Json = {
    "rows": 600,
    "loss": 0.05380896484642925,
    "accuracy": 1.0,
    "accuracy_interval": [0.9936382989862994, 1.0],
    "majority_baseline": 0.5,
    "confusion": [[300, 0], [0, 300]],
    "auc": 1.0,
    "auc_interval": [0.99355693167769, 1.0],
    "per_class": {
        "other": {"precision": 1.0, "recall": 1.0},
        "cat": {"precision": 1.0, "recall": 1.0},
    },
    "calibration_error": 0.041918205136785014,
}
EVALUATION: Json = {"train": LEARNED, "validation": None, "test": SCORES}
