"""What a job's network is, layer by layer."""

from dataclasses import replace

from pydantic import ValidationError

from worker.errors import BackboneNotFound, DatasetNotFound, InvalidParameter, ModelNotFound
from worker.jsontypes import Json
from worker.operations.learned_problem import problem_of
from worker.spec import JobSpec
from worker.store.store import Store
from worker.store.stored_spec import in_todays_words
from worker.training.build import network_of_model
from worker.training.build_network import network
from worker.training.origin import starting_from

GONE = (DatasetNotFound, BackboneNotFound, ModelNotFound)


def summary(body: Json, store: Store, shares: list[float] | None = None) -> list[Json] | None:
    """Returns a row for each layer; None if the dataset is gone, whose shape decides about it, or
    the backbone or the model from which it starts.

    Args:
        body: the spec as it was stored, if by another version of this service.
        shares: of a step's time, for each layer, once they are known.
    """
    try:
        spec = JobSpec.model_validate(in_todays_words(body))
        problem = problem_of(spec, store.datasets.manifest(spec.dataset), store)
        plan = replace(network(spec.network, problem, spec.seed), frozen=spec.freeze)
        if (start := spec.start_from) is not None:
            plan = starting_from(plan, network_of_model(store.models.manifest(*start.fixed)))
        rows = plan.summary()
    except (*GONE, InvalidParameter, ValidationError):
        # The last two: another version has accepted what this one would not.
        return None
    # Another version may have made other layers of the spec.
    known = shares if shares is not None and len(shares) == len(rows) else [None] * len(rows)
    return [{**row, "time_share": share} for row, share in zip(rows, known, strict=True)]
