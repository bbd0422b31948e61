"""A dataset as it is answered."""

from service.schemas.datasets import Dataset
from worker.jobs.record import Record
from worker.operations.datasets import Datasets


def told_of(record: Record, datasets: Datasets) -> Dataset:
    """Returns a dataset with its size."""
    return Dataset.of(record, datasets.bytes(record.id))
