"""A job before it is submitted: each phase is begun on rows of its own, and timed."""

import hashlib
import time
from collections.abc import Callable

import numpy as np

from worker.data.dataset import Dataset, Split
from worker.errors import Diverged
from worker.jsontypes import Json
from worker.nn.arrays import on_host
from worker.training.chain import ONCE
from worker.training.devices import Engines
from worker.training.fit import Fit, How, normalization_of, statistics
from worker.training.layer_times import time_shares
from worker.training.plan import Plan
from worker.training.sizes import Sizes
from worker.training.time_estimate import dataset_bytes
from worker.training.trial_answers import measuring_s
from worker.training.trial_checks import Check, dealt_labels, eight_rows, first_cost
from worker.training.trial_proof import proving_s
from worker.training.trial_steps import Stopwatch, Taken, taken

HASHED_BYTES = 2**22  # that are digested to tell how long all take
LARGE = 2**24  # numbers in the rows by which a normalization is measured here, at most


# What diverges overflows on its way; the checks say so in words.
@np.errstate(all="ignore")
def trial(
    plan: Plan,
    dataset: Dataset,
    tell: Callable[[Json], None],
    *,
    error_rate: float | None,
    engines: Engines,
    threads: int,
    check_gradients: bool,
) -> None:
    """Find out how long the phases of a job take, and whether what it trains is sound.

    Args:
        tell: is told each thing as it is found, what matters most first: the seconds of `phases`,
            `checks`, and the `time_shares` of the layers. It may raise, to end this.
        error_rate: as of `measured`.
        engines, threads, check_gradients: as of `train`.

    Raises:
        Diverged: already the first steps cost no number.
        WorkerError: the job would fail.
    """
    job = Sizes(plan, threads, check_gradients)
    fit, opening_s = opened(job, dataset, engines)
    tell({"phases": {"opening": opening_s}})
    try:
        first = taken(job, fit)
    except Diverged as error:
        tell(Check("first_cost", "failed", str(error)).told())
        raise
    tell({"phases": {"starting": first.starting_s, "training": first.training_s}})
    tell(first_cost(first.first_cost, plan).told())
    measuring = measuring_s(fit, first.network, dataset, error_rate)
    tell({"phases": {"measuring": measuring}})
    if check_gradients:
        tell(proved(fit, first))
    tell(eight_rows(fit, first.row_s).told())
    tell(dealt_labels(fit, dataset.splits["test"], first.row_s).told())


def opened(job: Sizes, dataset: Dataset, engines: Engines) -> tuple[Fit, float]:
    """Returns what is carried out on which rows, and the seconds until a job knows that."""
    plan = job.plan
    began = time.perf_counter()
    rows, kept_out = plan.divided(dataset.train, dataset.splits.get("validation"))
    divided = time.perf_counter()
    some = rows.first(max(1, LARGE // job.features))
    exact = normalization_of(plan, some, job.threads)
    measured_s = (time.perf_counter() - divided) * len(rows) / len(some)
    looked = time.perf_counter()
    statistics(dataset, rows, exact)
    others_s = divided - began + time.perf_counter() - looked
    learned = rows.with_mirrored() if plan.problem.mirrored else rows
    nobody = Stopwatch(1, 1)  # each trial puts a watcher of its own into this place
    how = How(engines, job.threads, nobody, check_gradients=False, again=ONCE)
    fit = Fit(how, plan, learned, kept_out, exact)
    # Its test rows are digested once more, when it is decided whether the model becomes champion.
    return fit, others_s + measured_s + 2 * digesting_s(rows, dataset_bytes(job))


def digesting_s(rows: Split, wanted: int) -> float:
    """Seconds for so many bytes of a dataset."""
    some = rows.x[: max(1, HASHED_BYTES // rows.x[:1].nbytes)].tobytes()
    began = time.perf_counter()
    hashlib.sha256(some)
    return (time.perf_counter() - began) * wanted / len(some)


def proved(fit: Fit, first: Taken) -> Json:
    """How long the gradient check takes, and the timing of the layers, with what that finds."""
    checking_s, plan = proving_s(fit), fit.plan
    engine = fit.how.engines(plan.dtype)
    first.network.to(engine.copy)
    began = time.perf_counter()
    shares = time_shares(plan, first.network, engine)
    timing_s = time.perf_counter() - began
    first.network.to(on_host)
    return {"phases": {"proving": checking_s + timing_s}, "time_shares": shares}
