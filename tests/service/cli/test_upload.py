"""`purr datasets upload`: waits until the dataset is ready, or not."""

from pathlib import Path

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import DATASET


def test_an_upload_waits_until_the_dataset_is_ready(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    fake.say("GET /v1/datasets/ds_1", DATASET | {"state": "importing", "splits": {}})
    fake.say("GET /v1/datasets/ds_1", DATASET)
    result = purr("datasets", "upload", tmp_path / "cats.h5")
    assert result.exit_code == 0
    assert "209 rows: 137 [red]non-cat[/red], 72 :cat:" in result.stdout
    assert "Few rows. (few_rows)" in result.stdout
    assert fake.requests[0].target == "/v1/datasets?name=cats"


def test_an_upload_need_not_wait(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    result = purr("datasets", "upload", tmp_path / "cats.h5", "--no-wait", "--name", "dogs")
    assert result.exit_code == 0
    assert [request.target for request in fake.requests] == ["/v1/datasets?name=dogs"]


def test_a_rejected_upload_is_exit_code_1_and_the_reason(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "cats.h5").write_bytes(b"no pictures")
    problem = {"code": "corrupt_file", "detail": "It is cut short."}
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    fake.say("GET /v1/datasets/ds_1", DATASET | {"state": "rejected", "problem": problem})
    result = purr("datasets", "upload", tmp_path / "cats.h5")
    assert result.exit_code == 1
    assert result.stderr.endswith("It is cut short. (corrupt_file)\n")


def test_what_is_asked_for_is_sent(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "cats.zip").write_bytes(b"pictures")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    asked = ("--image-size", "128", "--resize", "crop", "--no-wait")
    assert purr("datasets", "upload", tmp_path / "cats.zip", *asked).exit_code == 0
    assert fake.requests[0].target == "/v1/datasets?name=cats&image_size=128&resize=crop"


def test_what_may_come_again_is_sent_again(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"a,b")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    asked = ("--label", "b", "--leave-out", "c", "--leave-out", "d", "--no-wait")
    assert purr("datasets", "upload", tmp_path / "people.csv", *asked).exit_code == 0
    target = "/v1/datasets?name=people&label=b&leave_out=c&leave_out=d"
    assert fake.requests[0].target == target
