"""Whether an answer is one, or unsure, and why."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from worker.jsontypes import Json
from worker.nn.arrays import Array
from worker.store.models import ModelStore
from worker.training import familiarity
from worker.training.calibration import calibrated
from worker.training.decision_limits import FarFromTraining, LowConfidence
from worker.training.familiarity import Familiarity
from worker.training.unsure import Off, Unsure

UNSURE = "unsure"

TRAINED_BEFORE = Off(
    "trained_before",
    "It was trained before models could be unsure. Train it again.",
)
SWITCHED_OFF = Off("switched_off", "The alias by which it was asked has it switched off.")
THRESHOLD = Off(
    "threshold",
    "A threshold of one's own decides, in the place of how sure the answer is.",
)


class Decision(NamedTuple):
    """What is made of an answer.

    Attributes:
        decision: the label, or "unsure".
        confidence: of the label, calibrated; None where that could not be fitted.
        reason: why it is unsure: a code, and in words; None if it is not.
    """

    decision: str
    confidence: float | None
    reason: Json | None


def unsure_of(store: ModelStore, manifest: Json) -> Unsure:
    """Returns when the answers of a version are unsure, as it was kept with it.

    Raises:
        DamagedModel: its file is not what was published.
    """
    if (said := manifest.get("unsure")) is None:
        return Unsure(off=TRAINED_BEFORE)
    low, far, known = said["low_confidence"], said["far_from_training"], None
    if far is not None:
        tensors = store.tensors(manifest["name"], manifest["version"], familiarity.FILE)
        known = Familiarity.of(tensors)
    return Unsure(
        said["error_rate"],
        said["validation_rows"],
        said["temperature"],
        None if low is None else LowConfidence(**low),
        None if far is None else FarFromTraining(**far),
        None if said["reason"] is None else Off(said["reason"], said["detail"]),
        known,
    )


def by_threshold(unsure: Unsure, threshold: float | None) -> Unsure:
    """Returns when answers are unsure that are decided by a threshold, if there is one."""
    if threshold is None or unsure.low is None:
        return unsure
    return unsure.without_confidence(THRESHOLD)


def told(unsure: Unsure) -> Json:
    """Returns what every answer says of it."""
    return {
        "enabled": unsure.enabled,
        "reason": unsure.off and unsure.off.reason,
        "detail": unsure.off and unsure.off.detail,
        "error_rate": unsure.low and unsure.error_rate,
        "lowest_confidence": unsure.low and unsure.low.limit,
        "farthest_from_training": unsure.far and unsure.far.limit,
    }


def decisions(
    unsure: Unsure, classes: Sequence[str], hidden: Array, probabilities: Array, labels: Array
) -> Iterator[Decision]:
    """Yields what is made of each answer.

    Args:
        hidden: what came to the last layer, (m, …).
        probabilities: of each class, (m, k).
        labels: the numbers of the classes that are answered, (m,).
    """
    rows = np.arange(len(labels))
    sure = distances = np.zeros(len(labels))
    if unsure.temperature is not None:
        sure = calibrated(probabilities, unsure.temperature)[rows, labels]
    if unsure.familiarity is not None and unsure.far is not None:
        distances = unsure.familiarity.distances(hidden)
    near, confident = unsure.near(distances), unsure.confident(sure)
    for row, label in enumerate(labels.tolist()):
        confidence = None if unsure.temperature is None else float(sure[row])
        if unsure.far is not None and not near[row]:
            yield Decision(UNSURE, confidence, too_far(unsure.far, float(distances[row])))
        elif unsure.low is not None and not confident[row]:
            yield Decision(UNSURE, confidence, too_low(unsure, unsure.low, float(sure[row])))
        else:
            yield Decision(classes[label], confidence, None)


def too_far(far: FarFromTraining, distance: float) -> Json:
    detail = (
        f"Its distance from the training rows is {distance:.4g}; of rows like these, "
        f"{far.share:.1%} lie beyond {far.limit:g}."
    )
    return {"code": "far_from_training", "detail": detail}


def too_low(unsure: Unsure, low: LowConfidence, sure: float) -> Json:
    detail = (
        f"Its confidence is {sure:.4f}. Where answers below {low.limit:g} are decided too, more "
        f"than {unsure.error_rate:g} of all may be wrong."
    )
    return {"code": "low_confidence", "detail": detail}
