"""`purr metrics`: a row for each epoch."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.cli.render.jobs import show_metrics
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import EPOCH


def test_metrics_can_be_csv_as_the_api_wrote_it(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1/metrics", b"epoch,loss\r\n1,0.5\r\n", kind="text/csv")
    assert purr("metrics", "job_1", "--csv").stdout_bytes == b"epoch,loss\r\n1,0.5\r\n"
    assert fake.requests[0].headers["Accept"] == "text/csv"


def test_metrics_are_one_table_however_many_pages_they_come_in(
    purr: Purr, fake: FakeService
) -> None:
    last = {"epoch": 1_000_000, "loss": 1.2345e-100, "accuracy": 1.2345e-05, "seconds": 12345678.9,
            "validation_loss": None, "validation_accuracy": 0.5}  # fmt: skip
    fake.say("GET /v1/jobs/job_1/metrics", {"data": [EPOCH], "next": "2"})
    fake.say("GET /v1/jobs/job_1/metrics", {"data": [last], "next": None})
    assert purr("metrics", "job_1").stdout.splitlines() == [
        "epoch    loss        accuracy   validation_loss  validation_accuracy  seconds",
        "2        0.25        0.985      –                –                    0.1",
        "1000000  1.234e-100  1.234e-05  –                0.5                  1.235e+07",
    ]


def test_rows_are_written_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield EPOCH
        assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["2", "0.25"]
        yield {**EPOCH, "epoch": 3}

    show_metrics(rows())
    assert capsys.readouterr().out.split()[0] == "3"
