"""What is told of a training at the end of each epoch: how far it is, and its best epoch so far."""

from worker.jsontypes import Json
from worker.training.loop import Epoch
from worker.training.turn import ALONE, Turn


def best_of(best: Json | None, epoch: Epoch) -> Json | None:
    """Returns which epoch was best by the validation rows, so far, its loss and its accuracy there,
    and after how many epochs and seconds of training that is said; None without such rows."""
    if epoch.validation_loss is None:
        return None
    if best is None or epoch.validation_loss < best["loss"]:
        loss, accuracy = epoch.validation_loss, epoch.validation_accuracy
        best = {"epoch": epoch.epoch, "loss": loss, "accuracy": accuracy}
    return {**best, "epochs": epoch.epoch, "seconds": round(epoch.seconds, 3)}


def progress(epoch: Epoch, epochs: int, rows: int, turn: Turn = ALONE) -> Json:
    """Returns how far a job is, and how many seconds it needs if it goes on at this speed.

    Args:
        epochs: of a training; one that is over may have taken fewer.
        rows: of one epoch.
        turn: which training of the job it is.
    """
    done, of_all = turn.rows + epoch.epoch, turn.rows + turn.left * epochs
    told = {"repeat": turn.repeat, "fold": turn.fold} if turn != ALONE else {}
    return {
        "phase": "training",
        "epoch": done,
        "epochs": of_all,
        "percent": round(100 * done / of_all, 1),
        "eta_s": round((turn.seconds + epoch.seconds) / done * (of_all - done), 1),
        "rows_per_s": round(rows * epoch.epoch / epoch.seconds, 1),
        "loss": epoch.loss,
        "accuracy": epoch.accuracy,
        **told,
    }
