"""What a request for a sweep comes to: its candidates, each of which could be trained."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from worker.errors import InvalidParameter, LimitExceeded
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.extent import learned
from worker.operations.jobs import Jobs
from worker.operations.ready_dataset import manifest_of
from worker.operations.sweep_candidates import Candidate, drawn, grid
from worker.operations.sweep_changes import written_at
from worker.operations.sweep_rungs import Rung, cuts, rungs
from worker.operations.sweep_specs import candidate_spec
from worker.spec import JobSpec
from worker.spec.recipes import suited
from worker.spec.sweep import HalvingSpec, SweepSpec

WATCHED = 0.2  # of the training rows, as a message advises


class SweepRequests:
    """Checks requests for sweeps."""

    def __init__(self, records: Mapping[str, Transitions], jobs: Jobs) -> None:
        self._datasets, self._jobs = records["ds"], jobs

    def admitted(self, spec: SweepSpec) -> Json:
        """Returns what is asked for, with all candidates. Refuses a sweep of which a job would
        certainly fail.

        Raises:
            InvalidParameter, LimitExceeded: as a job is refused, with the place in the request;
                or there are no rows to validate by, or not so many candidates.
            WorkerError: as `Jobs.submit` raises it.
        """
        check_alone(spec.spec)
        with at_spec():
            whole = self._jobs.whole(spec.spec)
        manifest = manifest_of(self._datasets.get(spec.spec.dataset))
        rows = validation_rows(whole, manifest)
        common = common_of(spec.spec, whole, manifest)
        found = candidates_of(spec)
        for each in found:
            self._check(each, common, spec)
        asked = spec.model_dump(mode="json", exclude={"spec"})
        return {
            **asked,
            "spec": common,
            "candidates": [each.changes for each in found],
            "rungs": rungs_of(spec, len(found)),
            "validation_rows": rows,
        }

    def _check(self, candidate: Candidate, common: Json, spec: SweepSpec) -> None:
        """Refuse a candidate that would certainly fail."""
        try:
            self._jobs.whole(candidate_spec(common, candidate.changes))
        except (InvalidParameter, LimitExceeded) as error:
            said = ", ".join(f"{path} = {value!r}" for path, value in candidate.changes.items())
            place = written_at(error.pointer or "", candidate.changes, spec.vary)
            detail = f"Candidate {candidate.index}, {said:.300}, could not be trained. {error}"
            raise type(error)(detail, place) from error


def common_of(asked: JobSpec, whole: JobSpec, manifest: Json) -> Json:
    """Returns what all candidates have in common: what was said, and what the recipe for such a
    dataset sets. A model from which they start is of the version that it is now."""
    if whole.start_from is None:
        return suited(asked, manifest["shape"]).model_dump(mode="json", exclude_unset=True)
    start = whole.start_from.model_dump(mode="json")
    return {**asked.model_dump(mode="json", exclude_unset=True), "start_from": start}


@contextmanager
def at_spec() -> Iterator[None]:
    """Within this block, what is wrong with a spec is named where it stands in the request."""
    try:
        yield
    except (InvalidParameter, LimitExceeded) as error:
        raise type(error)(str(error), f"/spec{error.pointer}") from error


def check_alone(spec: JobSpec) -> None:
    """Refuse what is no single training.

    Raises:
        InvalidParameter: it publishes a checkpoint, verifies a version, or trains in folds.
    """
    for name in ("checkpoint", "verifies", "folds"):
        if getattr(spec, name) is not None:
            raise InvalidParameter(
                f"Expected a spec of one training, which is judged by its rows to validate, got "
                f"{name}. Leave it out.",
                f"/spec/{name}",
            )


def candidates_of(spec: SweepSpec) -> list[Candidate]:
    """Returns all candidates that there may be within the budget."""
    if spec.method == "grid":
        found = grid(spec.vary)
    else:
        found = drawn(spec.vary, spec.count or 1, spec.seed)
    most = spec.budget.jobs if spec.budget else None
    return found[:most]


def rungs_of(spec: SweepSpec, candidates: int) -> list[Rung]:
    """Returns after how many epochs candidates are compared: once at the end, or on the way too.

    Raises:
        InvalidParameter: there is nothing on the way.
    """
    epochs = spec.spec.epochs
    if spec.method != "halving" or candidates == 1:
        return [Rung(epochs, candidates)]
    asked = spec.halving or HalvingSpec()
    times = cuts(candidates, asked.reduction)
    first = asked.first_epochs or max(1, epochs // asked.reduction**times)
    if first >= epochs:
        raise InvalidParameter(
            f"Expected fewer epochs after which the first candidates are given up than the "
            f"{epochs:,} that a job has, got {first:,}. Choose a smaller first_epochs, or more "
            "epochs.",
            "/halving/first_epochs" if asked.first_epochs else "/spec/epochs",
        )
    return rungs(candidates, asked.reduction, first, epochs)


def validation_rows(spec: JobSpec, manifest: Json) -> int:
    """Returns how many rows candidates are compared by.

    Raises:
        InvalidParameter: there are none.
    """
    splits, fraction = manifest["splits"], spec.validation_fraction
    if own := splits.get("validation"):
        return int(own["rows"])
    per_class = splits["train"]["per_class"]
    found = int(sum(per_class)) - learned(per_class, fraction)
    if not found:
        raise InvalidParameter(
            "Expected rows to validate by, for candidates are compared on these and never on those "
            f"for testing, got none. Set validation_fraction, to {WATCHED} for example, or use a "
            "dataset that has rows to validate.",
            "/spec/validation_fraction",
        )
    return found
