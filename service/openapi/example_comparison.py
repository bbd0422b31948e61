"""What `/openapi.json` shows of a comparison of two jobs."""

from worker.jsontypes import Json

SAID = (
    "Only optimizer/learning_rate (0.01, 0.1) differs. The costs part at epoch 2. On the same 200 "
    "test rows they are right on 181, 156: the difference is significant (p = 0.00017)."
)
RATES = {"path": "/optimizer/learning_rate", "values": [0.01, 0.1]}
LOSSES = [[1.0768, 0.4031, 0.0545], [0.8412, 0.6219, 0.5987]]


def comparison(jobs: list[str], dataset: str, scores: Json) -> Json:
    """Returns the answer by its operation.

    Args:
        scores: what was measured of each job's model.
    """
    told = {"model": "cats", "state": "succeeded", "epochs": 100, "seconds": 1.25, **scores}
    return {
        "compare_jobs": {
            "said": SAID,
            "jobs": [{**told, "id": job, "version": at} for at, job in enumerate(jobs, 1)],
            "differences": {"spec": [RATES], "dataset": [], "environment": []},
            "curves": {"by": "epoch", "at": [1, 2, 100], "parting": 2, "jobs": curves()},
            "same_rows": same_rows(jobs, dataset),
        }
    }


def curves() -> list[Json]:
    nothing = {"validation_loss": [None] * 3, "validation_accuracy": [None] * 3}
    return [{"loss": loss, "accuracy": [0.59, 0.79, 1.0], **nothing} for loss in LOSSES]


def same_rows(jobs: list[str], dataset: str) -> Json:
    pair = {"first": jobs[0], "second": jobs[1], "only_first": 34, "only_second": 9}
    chance = {"interval": [0.0622, 0.189], "p": 0.00017, "corrected_p": 0.00017}
    about = {"dataset": dataset, "rows": 200, "jobs": jobs, "right": [181, 156]}
    return {**about, "test": "mcnemar", "p": 0.00017, "pairs": [pair | chance]}
