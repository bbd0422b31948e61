"""Where a record belongs, by its device and by the workers that are there."""

import pytest

from tests.worker.working import queued
from worker.jobs.placement import queue_for
from worker.jobs.record import Record, State, new_id


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        ("", {"auto": "train", "cpu": "train", "gpu": "gpu"}),
        ("train", {"auto": "train", "cpu": "train", "gpu": "gpu"}),
        ("gpu", {"auto": "gpu", "cpu": "gpu", "gpu": "gpu"}),
        ("train gpu", {"auto": "gpu", "cpu": "train", "gpu": "gpu"}),
    ],
)
@pytest.mark.parametrize("device", ["auto", "cpu", "gpu"])
def test_the_device_and_who_is_there_decide_the_queue(
    device: str, served: str, expected: dict[str, str]
) -> None:
    assert queue_for(queued(device), {*served.split(), "import"}) == expected[device]


@pytest.mark.parametrize(("began_on", "expected"), [("cpu", "train"), ("gpu", "gpu")])
@pytest.mark.parametrize("served", ["", "train", "train gpu"])
def test_a_job_that_has_begun_goes_on_where_it_began(
    began_on: str, served: str, expected: str
) -> None:
    assert queue_for(queued("auto", began_on), {*served.split()}) == expected


def test_a_job_of_a_time_before_devices_goes_wherever_it_can() -> None:
    record = Record(new_id("job"), State.QUEUED, {})
    assert (queue_for(record, {"train"}), queue_for(record, {"gpu"})) == ("train", "gpu")
