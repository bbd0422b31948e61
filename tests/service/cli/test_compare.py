"""`purr compare`: several jobs in a terminal."""

from typing import Any

from service.cli.render.curves import HEIGHT, drawn
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService

FIRST, SECOND = "job_" + "1" * 32, "job_" + "2" * 32
TESTED = {"accuracy": 0.9, "accuracy_interval": [0.8, 0.95]}
JOB: dict[str, Any] = {
    "model": "cats", "version": 3, "epochs": 100, "seconds": 1.25, "train": {"loss": 0.25},
    "test": TESTED,
}  # fmt: skip
CURVE = {"loss": [1.0, 0.5, None]}
FOUND = {
    "said": "Only the datasets differ.",
    "jobs": [
        {**JOB, "id": FIRST},
        {**JOB, "id": SECOND, "version": None, "train": None, "test": None},
    ],
    "differences": {"spec": [{"path": "/seed", "values": [1, None]}]},
    "curves": {"by": "epoch", "at": [1, 2, 100], "jobs": [CURVE, {"loss": [1.0, 0.75, 0.0]}]},
    "same_rows": {
        "pairs": [
            {"first": FIRST, "second": SECOND, "only_first": 4, "only_second": 1, "p": 0.375,
             "corrected_p": 0.75}
        ]
    },
}  # fmt: skip


def test_a_line_for_each_job_their_curves_and_what_comes_of_it(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("GET /v1/compare", FOUND)
    result = purr("compare", FIRST, SECOND)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1] == ["A", FIRST, "cats", "3", "100", "1.25", "0.25", "90.0", "%", "[80.0",
                        "%,", "95.0", "%]"]  # fmt: skip
    assert lines[2] == ["B", SECOND, "cats", "100", "1.25", "–", "–"]
    assert "loss, by epoch from 1 to 100" in result.stdout
    assert "/seed: 1, None" in result.stdout
    assert lines[-2] == ["A", "B", "4", "1", "0.375", "0.75"]
    assert result.stdout.endswith("\nOnly the datasets differ.\n")
    [request] = fake.requests
    assert request.target.endswith(f"jobs={FIRST}%2C{SECOND}&by=epoch&points=200")


def test_nothing_was_measured_yet(purr: Purr, fake: FakeService) -> None:
    curves = {"by": "epoch", "at": [], "jobs": [{"loss": []}, {"loss": []}]}
    fake.say("GET /v1/compare", {**FOUND, "curves": curves, "same_rows": None})
    result = purr("compare", FIRST, SECOND)
    assert result.exit_code == 0
    assert "loss, by" not in result.stdout


def test_curves_as_csv(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/compare", b"epoch,a.loss\r\n1,0.5\r\n", kind="text/csv")
    assert purr("compare", FIRST, SECOND, "--csv", "--by", "step").stdout.startswith("epoch,a.loss")
    assert "by=step" in fake.requests[-1].target


def test_curves_are_drawn_from_the_highest_to_the_lowest() -> None:
    lines = list(drawn([[1.0, 0.5, 0.0], [1.0, 1.0, None]], 80))
    assert len(lines) == HEIGHT + 1
    assert lines[0] == "         1 │*B"
    assert lines[HEIGHT // 2] == "           │ A"
    assert lines[HEIGHT - 1] == "         0 │  A"
    assert lines[-1] == "           └───"


def test_numbers_that_are_far_apart_are_drawn_by_their_logarithms() -> None:
    lines = list(drawn([[1000.0, 1.0, 0.001]], 80))
    assert lines[0] == "      1000 │A"
    assert lines[HEIGHT // 2] == "           │ A"
    assert lines[HEIGHT - 1] == "     0.001 │  A"


def test_what_is_wider_than_the_terminal_is_drawn_by_every_so_manyth_place() -> None:
    lines = list(drawn([[float(at) for at in range(1_000)]], 30))
    assert max(map(len, lines)) == 30
    assert lines[0].endswith("A")
    assert list(drawn([[2.0]], 80))[HEIGHT - 1] == "         2 │A"
    assert list(drawn([[None]], 80)) == []
