"""A backup that is made while jobs run, restored into a fresh folder when all else is gone."""

from pathlib import Path

from typer.testing import CliRunner

from service.cli.main import app
from tests.conftest import running_service
from tests.service.api import Api
from tests.upgrades.questions import asked, lacking, weights_of
from worker.jsontypes import Json

# Some seconds, with a checkpoint every now and then.
LONG: Json = {"network": {"hidden_units": [16], "dropout": 0.2}, "epochs": 60, "batch_size": 4}


def purr(*arguments: str | Path) -> str:
    told = CliRunner().invoke(app, [str(part) for part in arguments], env={"COLUMNS": "200"})
    assert told.exit_code == 0, told.output
    return told.output


def asking(api: Api, dataset: str, picture: bytes) -> list[Json]:
    """What a service says of all that it has."""
    body = {"content": picture, "headers": {"content-type": "application/octet-stream"}}
    answered = api.http.post("/v1/models/cats/predict", **body).raise_for_status().json()  # type: ignore[arg-type]
    paths = ("/v1/models/cats/versions", "/v1/models/cats/aliases",
             f"/v1/datasets/{dataset}", "/v1/jobs?model=cats",
             "/v1/models/cats/versions/1/weights.safetensors",
             "/v1/models/cats/versions/1/evaluation")  # fmt: skip
    return [answered, *(asked(api.http, {"method": "GET", "path": path}) for path in paths)]


def test_a_backup_during_a_training_is_all_that_is_needed(
    folder: Path, drawings: list[Path]
) -> None:
    first, second, backup = folder / "first", folder / "second", folder / "backup.tar"
    picture = drawings[0].with_name("picture.png")
    with running_service(first) as launcher, Api.at(launcher.address) as api:
        dataset = api.upload(drawings)["id"]
        api.train(dataset=dataset, model="cats", network={"hidden_units": [4]}, epochs=5)
        api.train(dataset=dataset, model="twin", **LONG)
        picture.write_bytes(api.http.get(f"/v1/datasets/{dataset}/rows/3.png").content)
        job = api.submit(dataset=dataset, model="unfinished", **LONG)["id"]
        api.poll(f"/v1/jobs/{job}", lambda body: (body["progress"] or {}).get("epoch", 0) > 3)
        said = asking(api, dataset, picture.read_bytes())
        purr("backup", backup, "--data-dir", first / "data")
        assert api.http.get(f"/v1/jobs/{job}").json()["state"] == "running"
    twin = weights_of(first / "data", "twin")
    purr("restore", backup, "--data-dir", second / "data")
    with running_service(second) as launcher, Api.at(launcher.address) as api:
        ended = api.finished(job)
        now = asking(api, dataset, picture.read_bytes())
        assert [*lacking(said, now)] == []
    assert ended["state"] == "succeeded"
    assert weights_of(second / "data", "unfinished") == twin
