"""The watcher of a training: it keeps metrics and checkpoints, and asks the doctor."""

import logging
import time
from dataclasses import asdict
from functools import partial

from worker.doctor.chart import LONGEST, RECENT, Statistics
from worker.doctor.examination import examine
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
from worker.training.epoch_log import EpochLog
from worker.training.gradient_check import Proof
from worker.training.held_out import ABOUT
from worker.training.loop import Checkpoint, Epoch, Run
from worker.training.plan import Folds
from worker.training.progress import best_of, progress
from worker.training.turn import ALONE, Turn

DOCTOR_S = 0.5  # between two examinations by the doctor
FIRST_CHECKPOINT_S = 2.0  # after the start of the attempt
COST = 0.01  # the share of the time that checkpoints may take
FIRST_EPOCHS = 100  # of a long run, that the doctor sees beside the last LONGEST

log = logging.getLogger(__name__)


class JobWatcher:
    """A watcher of `train` that acts for an attempt.

    Attributes:
        spec: what is trained; after `resume`, in the meaning that it had when the job began.
        history: rows of the first and the last epochs, thinned as in the metrics, except for the
            newest RECENT ones.
    """

    def __init__(
        self,
        attempt: Attempt,
        spec: JobSpec,
        store: Store,
        log: MetricsLog,
        settings: Settings,
        digest: str = "",
    ) -> None:
        """Args:
        digest: of the samples. Features may be made anew, and are others then.
        """
        self._attempt, self.spec, self._spec_version = attempt, spec, SPEC_VERSION
        self._store, self._digest = store, digest
        self._log, self._rarest_s = log, settings.checkpoint_s
        self._pause_s = min(FIRST_CHECKPOINT_S, self._rarest_s)
        self.history: list[Json] = []
        self._statistics: Statistics | None = None
        self._turn = ALONE
        self._best: Json | None = None  # by the validation rows, so far
        self._run: Run | None = None
        self._kept = self._stayed = self._examined = time.monotonic()
        self._epochs = EpochLog(attempt.record.id)

    def resume(self) -> Checkpoint | None:
        """Returns the newest checkpoint; None without one.

        The metrics up to the checkpoint are copied from the attempt that wrote it, which is one of
        another job where that one's checkpoint is to be published.
        """
        job = self._attempt.record.id
        if (found := self._store.jobs.newest_checkpoint(job)) is None:
            return None
        tensors, about = found
        if about.pop("samples", self._digest) != self._digest:
            log.warning("%s begins anew: its features were lost, and are others now", job)
            return None
        self._spec_version = about.pop("spec_version", 1)
        self._best = about.pop("validation", None)
        meant = in_todays_words(self.spec.model_dump(mode="json"), self._spec_version)
        self.spec = JobSpec.model_validate(meant)
        if (folds := self.spec.folds) is not None:
            self._turn = Turn.after(about[ABOUT], Folds(folds, self.spec.repeats))
        log.info("%s goes on behind epoch %d", job, about["epoch"])
        # A checkpoint without rows is of an older version of this service, which thinned nothing.
        job = self.spec.checkpoint.job if self.spec.checkpoint else job
        self._take_over(job, about.pop("attempt"), about["epoch"], about.pop("rows", []))
        self._told_best(about["epoch"])  # the attempt before may have had no time for it
        return Checkpoint(tensors, about)

    def before_training(self, statistics: Statistics, turn: Turn) -> None:
        if turn.number != self._turn.number:
            self.history, self._best = [], None  # the doctor looks at one training at a time
        self._statistics, self._turn = statistics, turn
        self.consult()

    def after_gradient_check(self, proof: Proof) -> None:
        job, error = self._attempt.record.id, proof.largest_error
        log.info("%s has checked its gradients: they differ by %.1e at most", job, error)
        self._attempt.note(gradient_check=asdict(proof), gradient_error=error)

    def after_timing(self, shares: list[float]) -> None:
        self._attempt.note(time_shares=[round(share, 4) for share in shares])

    def after_training(self) -> None:
        self._run = None

    def before_step(self) -> None:
        run, most = self._run, self.spec.max_seconds
        if run is not None and most is not None and run.seconds >= self._turn.share_of(most):
            raise OutOfTime(f"It has trained for the {most} seconds that it may.")
        try:
            self._attempt.check()
        except (Preempted, Paused):
            if run is not None:
                self.keep(run)
            raise
        except Stopped:
            self._attempt.note(stop_acknowledged=True)  # also where it has to wait
            # Otherwise nothing has been learned yet that could be published.
            if run is not None and self._turn.fold is None:
                raise

    def after_step(self, run: Run) -> None:
        self._run = run
        if time.monotonic() - self._kept > self._pause_s:
            self.keep(run)
        if self.spec.keep_checkpoints and run.at.step == 0:
            self._let_stay(run)

    def after_epoch(self, epoch: Epoch) -> None:
        # Not asdict, which would copy every number of every layer in every epoch.
        row = {**vars(epoch), **self._turn.named(epoch.epoch)}
        done = progress(epoch, self.spec.epochs, self._rows(), self._turn)
        self._remember(row)
        self._best = best_of(self._best, epoch)
        self._attempt.note(progress=done)
        self._attempt.show("metrics", {"rows": [thinned(row)]})
        self._attempt.show("progress", done)
        self._told_best(epoch.epoch)
        self._epochs.say(row, self.spec.epochs)
        if time.monotonic() - self._examined > DOCTOR_S:
            self.consult()

    def _told_best(self, epoch: int) -> None:
        """Tell which epoch was best up to this one, where a candidate may have to wait."""
        if self._best is not None:
            self._attempt.note(validation=self._best)
        if 0 < self._attempt.record.pauses_at <= epoch < self.spec.epochs:
            self._attempt.pause()

    def keep(self, run: Run) -> None:
        """Write a checkpoint, and put off the next one until it costs COST of the time at most."""
        began = time.monotonic()
        self._write(run)
        self._kept = time.monotonic()
        # Where some stay, each in the midst of an epoch is followed by one at its end.
        share = COST / 2 if self.spec.keep_checkpoints else COST
        self._pause_s = min((self._kept - began) / share, self._rarest_s)

    def _let_stay(self, run: Run) -> None:
        """Keep a checkpoint at the end of an epoch to be published, as often as others are."""
        if time.monotonic() - self._stayed > self._pause_s:
            if self._attempt.notes.get("kept") != (place := self._place(run)):
                self.keep(run)
            job, most = self._attempt.record.id, self.spec.keep_checkpoints
            try:
                self._store.kept_checkpoints.keep(job, place, most)
            except (StoreFull, OSError) as error:  # the training can go on without it
                log.warning("%s keeps no checkpoint at %s: %s", job, place, error)
            self._stayed = time.monotonic()

    def _write(self, run: Run) -> None:
        # A checkpoint relies on the metrics up to it, so they must be on disk before it is.
        self._log.sync()
        checkpoint, job = run.checkpoint(), self._attempt.record
        position = self._place(run)
        about = {**checkpoint.about, "attempt": job.attempt, "rows": self.history[-RECENT:]}
        about |= {"spec_version": self._spec_version, "samples": self._digest}
        about["validation"] = self._best
        try:
            self._store.jobs.keep_checkpoint(job.id, position, checkpoint.tensors, about)
        except StoreFull as error:
            # The checkpoint before is still there, and the training can go on without this one.
            log.warning("%s goes on without a checkpoint at %s: %s", job.id, position, error)
        else:
            self._attempt.note(kept=position)

    def _place(self, run: Run) -> str:
        """Where a run stands, as files of checkpoints are called: in the order in which it goes."""
        return f"{self._turn.number * self.spec.epochs + run.at.epoch:08}-{run.at.step:08}"

    def consult(self, outcome: Outcome | None = None) -> None:
        """Have the doctor examine the history. Each new finding becomes an event.

        Args:
            outcome: what came of the training, once it has ended.
        """
        self._examined = time.monotonic()
        if self._statistics is None:
            return
        seen = examine(self.history, self.spec, self._statistics, outcome)
        found = [finding.as_dict() for finding in seen]
        known = {finding["code"] for finding in self._attempt.notes.get("findings", [])}
        for finding in found:
            if finding["code"] not in known:
                self._attempt.event("finding", finding)
                job, code = self._attempt.record.id, finding["code"]
                log.info("%s finding %s: %s", job, code, finding["message"])
        self._attempt.note(findings=found)

    def _take_over(self, job: str, attempt: int, epoch: int, newest: list[Json]) -> None:
        """Take over the metrics of an earlier attempt up to this epoch.

        Args:
            newest: the last rows up to that epoch, which the metrics have only thinned.
        """
        before, done = self._turn.rows, epoch - len(newest)
        middle = max(done - LONGEST, FIRST_EPOCHS)
        rows = partial(self._store.jobs.metrics, job, attempt)
        self._log.copy(rows(limit=before + done).blocks())
        self.history = rows(before, min(done, FIRST_EPOCHS)).rows()
        self.history += rows(before + middle, max(done - middle, 0)).rows()
        for row in newest:
            self._remember(row)

    def _remember(self, row: Json) -> None:
        self._log.write(row)
        self.history.append(row)
        if len(self.history) > RECENT:
            # The doctor must see the same rows whether or not the job was resumed in between.
            self.history[-RECENT - 1] = thinned(self.history[-RECENT - 1])
        surplus = len(self.history) - FIRST_EPOCHS - LONGEST
        if surplus > 0:
            del self.history[FIRST_EPOCHS : FIRST_EPOCHS + surplus]

    def _rows(self) -> int:
        return sum(self._statistics.train_per_class) if self._statistics else 0
