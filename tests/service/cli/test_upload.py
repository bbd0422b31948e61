"""`purr datasets upload`: waits until the dataset is ready, or not."""

import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import DATASET
from worker.jsontypes import Json


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
    assert fake.requests[0].target == "/v1/uploads?name=cats"


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (None, "Importing: 0 %  waiting for a worker"),
        ({"phase": "reading", "done": 0}, "Importing: 0 %  reading"),
        ({"phase": "reading", "done": 70_000}, "Importing: 0 %  reading 70,000 rows"),
        (
            {"phase": "checking", "done": 1200, "total": 3000, "percent": 40.0, "eta_s": 72.4},
            "Importing: 40 %  checking 1,200 of 3,000 rows, 1:12 left",
        ),
    ],
)
def test_how_far_the_import_is_is_said(
    purr: Purr, fake: FakeService, tmp_path: Path, progress: Json | None, said: str
) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    unknown = {"total": None, "percent": None, "eta_s": None}
    told = None if progress is None else unknown | progress
    fake.say("GET /v1/datasets/ds_1", DATASET | {"state": "importing", "progress": told})
    fake.say("GET /v1/datasets/ds_1", DATASET)
    result = purr("datasets", "upload", tmp_path / "cats.h5")
    lines = [line for line in result.stderr.splitlines() if line.startswith("Importing")]
    assert lines == [said, "Importing: 100 %  ready"]


def test_what_is_imported_now_says_so_when_it_is_shown(purr: Purr, fake: FakeService) -> None:
    now = {"phase": "converting", "done": 5, "total": 8, "percent": 62.5, "eta_s": None}
    fake.say("GET /v1/datasets/ds_1", DATASET | {"state": "importing", "progress": now})
    lines = purr("datasets", "show", "ds_1").stdout.splitlines()
    assert [line.split() for line in lines if line.startswith("progress")] == [
        ["progress", "converting", "5", "of", "8", "rows"]
    ]


def test_an_upload_need_not_wait(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    result = purr("datasets", "upload", tmp_path / "cats.h5", "--no-wait", "--name", "dogs")
    assert result.exit_code == 0
    assert [request.target for request in fake.asked("POST")] == ["/v1/uploads?name=dogs"]


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


def test_a_folder_is_sent_as_a_zip(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    files = {"cat/1.png": b"first" * 1_000, "dog/in/2.png": bytes(600_000), "empty.txt": b""}
    for name, content in files.items():
        path = tmp_path / "pets" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    fake.say("GET /v1/datasets/ds_1", DATASET)
    result = purr("datasets", "upload", tmp_path / "pets")
    assert result.exit_code == 0
    assert "Uploading: 100 %  0.6 of 0.6 MB" in result.stderr
    first = fake.requests[0]
    assert first.target == "/v1/uploads?name=pets"
    assert first.headers["Upload-Metadata"] == f"filename {b64encode(b'pets.zip').decode()}"
    with ZipFile(BytesIO(fake.uploaded)) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == files


def test_several_files_are_one_request(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    files = [tmp_path / "a.h5", tmp_path / "b.h5"]
    contents = [bytes(range(256)) * 1000, b"b" * 70_000]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    made = {"id": "ds_1", "name": "my cats", "state": "importing"}
    fake.say("POST /v1/datasets", made, status=202)
    fake.say("GET /v1/datasets/ds_1", made)
    result = purr("datasets", "upload", *files, "--name", "my cats", "--no-wait", "--json")
    assert json.loads(result.stdout) == made
    [request] = fake.asked("POST")
    assert request.target == "/v1/datasets?name=my+cats"
    assert all(content in request.body for content in contents)


def test_a_folder_without_files_is_refused(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    result = purr("datasets", "upload", tmp_path)
    assert isinstance(result.exception, FileNotFoundError)
    assert "Expected files in the folder" in str(result.exception)
    assert not fake.requests


def test_what_is_refused_is_exit_code_1_and_the_sentence(
    purr: Purr, fake: FakeService, tmp_path: Path
) -> None:
    (tmp_path / "cats.h5").write_bytes(b"pictures")
    fake.refuse("POST /v1/datasets", 413, {"code": "too_large", "detail": "Send less."})
    result = purr("datasets", "upload", tmp_path / "cats.h5")
    assert (result.exit_code, result.stderr) == (1, "Send less. (too_large)\n")


def test_what_is_asked_for_is_sent(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "cats.zip").write_bytes(b"pictures")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    asked = ("--image-size", "128", "--resize", "crop", "--no-wait")
    assert purr("datasets", "upload", tmp_path / "cats.zip", *asked).exit_code == 0
    assert fake.requests[0].target == "/v1/uploads?name=cats&image_size=128&resize=crop"


def test_what_may_come_again_is_sent_again(purr: Purr, fake: FakeService, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_bytes(b"a,b")
    fake.say("POST /v1/datasets", {"id": "ds_1", "state": "importing"}, status=202)
    asked = ("--label", "b", "--leave-out", "c", "--leave-out", "d", "--no-wait")
    assert purr("datasets", "upload", tmp_path / "people.csv", *asked).exit_code == 0
    target = "/v1/uploads?name=people&label=b&leave_out=c&leave_out=d"
    assert fake.requests[0].target == target
