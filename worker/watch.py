"""Looks on while a job is trained: its lease, its metrics, its checkpoints, its doctor."""

import logging
import time
from dataclasses import asdict

from worker.doctor import examine
from worker.doctor.chart import LONGEST, RECENT
from worker.doctor.outcome import Outcome
from worker.errors import OutOfTime, Paused, Preempted, Stopped, StoreFull
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.settings import Settings
from worker.spec import JobSpec
from worker.store.metrics_log import MetricsLog
from worker.store.store import Store
from worker.store.stored_spec import SPEC_VERSION, in_todays_words
from worker.store.thinning import thinned
from worker.training.fit import Statistics
from worker.training.gradient_check import Proof
from worker.training.loop import Checkpoint, Epoch, Run

DOCTOR_S = 0.5  # between two visits
FIRST_CHECKPOINT_S = 2.0
COST = 0.01  # of the time, at most, for checkpoints
FIRST_EPOCHS = 100  # that the doctor is shown of a long run, beside the last LONGEST


log = logging.getLogger(__name__)


class JobWatcher:
    """A watcher of `train` that speaks for an attempt.

    Attributes:
        spec: what is trained; after `resume`, what the spec meant when its job began.
        history: the first epochs and the last, as the metrics have them, but the newest ones whole.
    """

    def __init__(
        self, attempt: Attempt, spec: JobSpec, store: Store, log: MetricsLog, settings: Settings
    ) -> None:
        self._attempt, self.spec, self._store = attempt, spec, store
        self._spec_version = SPEC_VERSION
        self._log, self._rarest_s = log, settings.checkpoint_s
        self._pause_s = min(FIRST_CHECKPOINT_S, self._rarest_s)
        self.history: list[Json] = []
        self._statistics: Statistics | None = None
        self._run: Run | None = None
        self._kept = self._visited = time.monotonic()

    def resume(self) -> Checkpoint | None:
        """Where an earlier attempt was; its metrics up to there become this one's."""
        job = self._attempt.record.id
        if (found := self._store.jobs.newest_checkpoint(job)) is None:
            return None
        tensors, about = found
        self._spec_version = about.pop("spec_version", 1)
        meant = in_todays_words(self.spec.model_dump(mode="json"), self._spec_version)
        self.spec = JobSpec.model_validate(meant)
        # Without rows it is of an older version, which thinned nothing.
        self._take_over(about.pop("attempt"), about["epoch"], about.pop("rows", []))
        return Checkpoint(tensors, about)

    def before_training(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self.consult()

    def after_gradient_check(self, proof: Proof) -> None:
        self._attempt.note(gradient_check=asdict(proof), gradient_error=proof.largest_error)

    def after_training(self) -> None:
        self._run = None

    def before_step(self) -> None:
        run, most = self._run, self.spec.max_seconds
        if run is not None and most is not None and run.seconds >= most:
            raise OutOfTime(f"It has trained for the {most} seconds that it may.")
        try:
            self._attempt.check()
        except (Preempted, Paused):
            if run is not None:
                self.keep(run)
            raise
        except Stopped:
            if run is not None:  # else nothing was learned yet that could be kept
                self._attempt.note(stop_acknowledged=True)
                raise

    def after_step(self, run: Run) -> None:
        self._run = run
        if time.monotonic() - self._kept > self._pause_s:
            self.keep(run)

    def after_epoch(self, epoch: Epoch) -> None:
        # vars: asdict would copy every number of every layer, in every epoch.
        row, done = dict(vars(epoch)), progress(epoch, self.spec.epochs, self._rows())
        self._remember(row)
        self._attempt.note(progress=done)
        self._attempt.show("metrics", {"rows": [thinned(row)]})
        self._attempt.show("progress", done)
        if time.monotonic() - self._visited > DOCTOR_S:
            self.consult()

    def keep(self, run: Run) -> None:
        """Write a checkpoint; the next one comes so much later that it costs little."""
        began = time.monotonic()
        self._write(run)
        self._kept = time.monotonic()
        self._pause_s = min((self._kept - began) / COST, self._rarest_s)

    def _write(self, run: Run) -> None:
        # The metrics that a checkpoint counts on are safe before it is.
        self._log.sync()
        checkpoint, job = run.checkpoint(), self._attempt.record
        place = f"{run.at.epoch:08}-{run.at.step:08}"
        newest = self.history[-RECENT:]
        about = {**checkpoint.about, "attempt": job.attempt, "rows": newest}
        about["spec_version"] = self._spec_version
        try:
            self._store.jobs.keep_checkpoint(job.id, place, checkpoint.tensors, about)
        except StoreFull as error:
            # The one before is there still; to go on without is better than to end for it.
            log.warning("%s goes on without a checkpoint at %s: %s", job.id, place, error)
        else:
            self._attempt.note(kept=place)

    def consult(self, outcome: Outcome | None = None) -> None:
        """Show the doctor what there is; what it finds for the first time is an event."""
        self._visited = time.monotonic()
        if self._statistics is None:
            return
        seen = examine(self.history, self.spec, self._statistics, outcome)
        found = [asdict(finding) for finding in seen]
        known = {finding["code"] for finding in self._attempt.notes.get("findings", [])}
        for finding in found:
            if finding["code"] not in known:
                self._attempt.event("finding", finding)
        self._attempt.note(findings=found)

    def _take_over(self, attempt: int, epoch: int, newest: list[Json]) -> None:
        """Go on from this epoch of another attempt, of which the newest rows are these."""
        job, done = self._attempt.record.id, epoch - len(newest)
        self._log.copy(self._store.jobs.metrics(job, attempt, limit=done).blocks())
        middle = max(done - LONGEST, FIRST_EPOCHS)
        self.history = self._store.jobs.metrics(job, attempt, limit=min(done, FIRST_EPOCHS)).rows()
        self.history += self._store.jobs.metrics(job, attempt, middle, max(done - middle, 0)).rows()
        for row in newest:
            self._remember(row)

    def _remember(self, row: Json) -> None:
        self._log.write(row)
        self.history.append(row)
        if len(self.history) > RECENT:
            # After a resume the doctor must be shown what it would have been without.
            self.history[-RECENT - 1] = thinned(self.history[-RECENT - 1])
        surplus = len(self.history) - FIRST_EPOCHS - LONGEST
        if surplus > 0:
            del self.history[FIRST_EPOCHS : FIRST_EPOCHS + surplus]

    def _rows(self) -> int:
        return sum(self._statistics.train_per_class) if self._statistics else 0


def progress(epoch: Epoch, epochs: int, rows: int) -> Json:
    """How far a job is, and when it will be done if it goes on like this."""
    per_epoch = epoch.seconds / epoch.epoch
    return {
        "epoch": epoch.epoch,
        "epochs": epochs,
        "percent": round(100 * epoch.epoch / epochs, 1),
        "eta_s": round(per_epoch * (epochs - epoch.epoch), 1),
        "rows_per_s": round(rows / per_epoch, 1),
        "loss": epoch.loss,
        "accuracy": epoch.accuracy,
    }
