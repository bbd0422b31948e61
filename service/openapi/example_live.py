"""What is said of predictions, and how a version does, as `/openapi.json` shows it."""

from worker.jsontypes import Json

PREDICTION_ID = "ans_01a22b1dac750f1e2d3c00000007"
FEEDBACK: Json = {"feedback": [{"prediction_id": PREDICTION_ID, "label": "cat"}]}
RIGHT: Json = {
    "predictions": 1200,
    "judged": 240,
    "right": 180,
    "accuracy": 0.75,
    "accuracy_interval": [0.6916, 0.8006],
}
LIVE: Json = {
    **RIGHT,
    "model": "cats",
    "version": 1,
    "since": "2026-11-29T14:00:00Z",
    "until": "2026-11-30T14:00:00Z",
    "unsure": 31,
    "far": 14,
    "far_share": 0.01,
    "tested": {"rows": 200, "accuracy": 0.905, "accuracy_interval": [0.8564, 0.9383]},
    "periods": [{**RIGHT, "since": "2026-11-29T14:00:00Z"}],
    "classes": [
        {"label": "other", "answered": 640, "true": 121, "tested": 109},
        {"label": "cat", "answered": 560, "true": 117, "tested": 91},
    ],
    "none_of_them": 2,
    "brightness": {"rows": 1200, "mean": 0.44, "deviation": 0.11},
    "training_brightness": {"rows": 500, "mean": 0.46, "deviation": 0.1},
    "findings": [
        {
            "code": "less_accurate",
            "severity": "warning",
            "message": "75.0% of 240 judged predictions were right (69.2% to 80.1%), 90.5% of the "
            "rows for testing. Train it again, on rows such as those that it meets now.",
            "evidence": {
                "judged": 240,
                "accuracy": 0.75,
                "accuracy_interval": [0.6916, 0.8006],
                "tested_interval": [0.8564, 0.9383],
            },
            "patch": [],
        }
    ],
}
LIVE_ANSWERS: Json = {
    "give_feedback": {
        "data": [{"prediction_id": PREDICTION_ID, "outcome": "noted", "problem": None}]
    },
    "show_live_version": LIVE,
}
