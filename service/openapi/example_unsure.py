"""When a model is unsure, and what comes of thresholds, as `/openapi.json` shows it."""

from worker.jsontypes import Json

UNSURE: Json = {
    "enabled": True,
    "reason": None,
    "detail": None,
    "error_rate": 0.05,
    "validation_rows": 200,
    "temperature": 1.32,
    "low_confidence": {"limit": 0.731058, "rows": 170, "wrong": 3, "bound": 0.044975562393134834},
    "far_from_training": {"limit": 7.412, "share": 0.009950248756218905, "components": 16},
}
OUTCOME: Json = {
    "decided": 172,
    "coverage": 0.86,
    "coverage_interval": [0.8051011913429243, 0.9013301736654437],
    "wrong": 5,
    "error": 0.029069767441860465,
    "error_interval": [0.012479450801779774, 0.06623610873420138],
    "far_from_training": 2,
    "low_confidence": 26,
}
UNSURE_HERE: Json = {
    "enabled": True,
    "reason": None,
    "detail": None,
    "error_rate": 0.05,
    "lowest_confidence": 0.731058,
    "farthest_from_training": 7.412,
}
DECIDED: Json = {"decision": "cat", "confidence": 0.933, "reason": None}
PREDICTION: Json = {
    "label": "cat",
    "probability": 0.97,
    "probabilities": {"other": 0.03, "cat": 0.97},
    **DECIDED,
}
POINT: Json = {
    "threshold": 0.31,
    "true_positives": 97,
    "false_positives": 18,
    "true_positive_rate": 0.97,
    "true_positive_rate_interval": [0.9154806357094724, 0.9897454759759611],
    "false_positive_rate": 0.18,
    "false_positive_rate_interval": [0.1170022549894635, 0.2666735838630073],
    "precision": 0.8434782608695652,
    "precision_interval": [0.7661124698334693, 0.8986387103013506],
    "recall": 0.97,
    "recall_interval": [0.9154806357094724, 0.9897454759759611],
    "accuracy": 0.895,
    "accuracy_interval": [0.8448196800887696, 0.9302925120731899],
    "cost": 0.105,
}
THRESHOLDS: Json = {
    "model": "cats",
    "version": 1,
    "split": "validation",
    "positive": "cat",
    "negative": "other",
    "positives": 100,
    "negatives": 100,
    "cheapest": POINT,
    "points": [POINT],
}
