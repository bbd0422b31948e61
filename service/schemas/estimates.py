"""What a job would take, before it is submitted."""

from typing import Literal, Self

from pydantic import BaseModel

from service.schemas.jobs import LayerSummary
from worker.jsontypes import Json
from worker.operations.estimate import Estimate as Found

Phase = Literal["opening", "starting", "proving", "training", "measuring", "publishing"]


class EstimatedPhase(BaseModel):
    """A part of a job: `opening` its dataset, `starting` to take steps, `proving` that gradients
    are right, `training`, `measuring` and `publishing` the model. `by` says whether a worker has
    begun it, or its computations were counted."""

    phase: Phase
    seconds: float
    by: Literal["measured", "arithmetic"]


class SanityCheck(BaseModel):
    """Whether what a job trains is sound: the `first_cost` is near that of a guess; `eight_rows`
    are learned by heart; after `dealt_labels` test rows are right by chance. `value` was
    measured and held against `expected`; both are null where nothing was."""

    name: Literal["first_cost", "eight_rows", "dealt_labels"]
    outcome: Literal["passed", "failed", "skipped"]
    said: str
    value: float | None
    expected: float | None


class EstimatedWait(BaseModel):
    """What stands between a job and a worker of its queue; `seconds` is null where nobody can tell
    when one will be free."""

    queue: Literal["train", "gpu"]
    workers: int
    running: int
    ahead: int
    seconds: float | None


class EstimatedDisk(BaseModel):
    """Bytes of the files that stay of a job, and of its checkpoints while it runs."""

    kept: int
    checkpoints: int


class Estimate(BaseModel):
    """What a job would take. `seconds` are those from its start to its end, the most where
    `at_most`; where some `phases` are told by arithmetic, `because` says why. `multiplications`
    are those of a sample on its way through all layers; `memory` is in bytes."""

    said: str
    seconds: float
    at_most: bool
    method: Literal["measured", "arithmetic"]
    because: str | None
    phases: list[EstimatedPhase]
    wait: EstimatedWait
    memory: int
    disk: EstimatedDisk
    parameters: int
    multiplications: int
    layers: list[LayerSummary]
    checks: list[SanityCheck]
    spec: Json

    @classmethod
    def of(cls, found: Found) -> Self:
        """Returns an estimate as JSON shows it."""
        phases = [phase._replace(seconds=round(phase.seconds, 3)) for phase in found.phases]
        return cls.model_validate(
            {
                "said": found.said,
                "seconds": round(found.seconds, 3),
                "at_most": found.at_most,
                "method": found.method,
                "because": found.because,
                "phases": [phase._asdict() for phase in phases],
                "wait": found.wait._asdict(),
                "memory": found.memory,
                "disk": {"kept": found.kept, "checkpoints": found.checkpoints},
                "parameters": found.job.parameters,
                "multiplications": found.multiplications,
                "layers": found.layers,
                "checks": found.checks,
                "spec": found.spec.model_dump(mode="json"),
            }
        )
