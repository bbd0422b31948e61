"""A row of a job's metrics, as `/openapi.json` shows it."""

from worker.jsontypes import Json

EPOCH: Json = {
    "epoch": 1,
    "step": 10,
    "loss": 1.076803085742692,
    "accuracy": 0.59,
    "validation_loss": None,
    "validation_accuracy": None,
    "learning_rate": 0.001,
    "gradient_norms": [9.407673233963104],
    "layers": [{"weight_norm": 6.33, "update_ratio": 0.0145, "saturated": None, "dead": None}],
    "seconds": 0.1609987350020674,
}
