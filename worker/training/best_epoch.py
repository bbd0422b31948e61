"""The epoch that is best by the rows to validate."""

from worker.jsontypes import Json
from worker.training.loop import Epoch


def best_of(best: Json | None, epoch: Epoch) -> Json | None:
    """Returns which epoch was best by the validation rows, so far, its loss and its accuracy there,
    and after how many epochs and seconds of training that is said; None without such rows."""
    if epoch.validation_loss is None:
        return None
    if best is None or epoch.validation_loss < best["loss"]:
        loss, accuracy = epoch.validation_loss, epoch.validation_accuracy
        best = {"epoch": epoch.epoch, "loss": loss, "accuracy": accuracy}
    return {**best, "epochs": epoch.epoch, "seconds": round(epoch.seconds, 3)}
