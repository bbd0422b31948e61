"""What a job's network is, layer by layer."""

from pydantic import ValidationError

from worker.errors import DatasetNotFound, InvalidParameter
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.store.datasets import DatasetStore
from worker.store.stored_spec import in_todays_words
from worker.training.build_network import network
from worker.training.problem import Problem


def summary(body: Json, datasets: DatasetStore) -> list[Json] | None:
    """Returns a row for each layer; None if the dataset is gone, whose shape decides about it.

    Args:
        body: the spec as it was stored, if by another version of this service.
    """
    try:
        spec = JobSpec.model_validate(in_todays_words(body))
        problem = Problem.of_manifest(datasets.manifest(spec.dataset))
        return network(spec.network, problem, spec.seed).summary()
    except (DatasetNotFound, InvalidParameter, ValidationError):
        # The last two: another version has accepted what this one would not.
        return None
