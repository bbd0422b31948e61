"""Uploads that are only looked at, by the whole service."""

from pathlib import Path

from service.launcher.launcher import Launcher
from tests.problems import expect_problem
from tests.service.api import Api


def test_of_what_is_only_looked_at_the_report_is_kept(
    api: Api, launcher: Launcher, drawings: list[Path]
) -> None:
    parts = [("file", (path.name, path.read_bytes())) for path in drawings]
    answer = api.http.post("/v1/datasets?name=looked&dry_run=true", files=parts)
    made = api.poll(answer.headers["location"], lambda body: body["state"] != "importing")
    kept = api.upload(drawings)
    same = ("digest", "classes", "shape", "splits", "findings")
    assert made["state"] == "checked"
    assert [made[name] for name in same] == [kept[name] for name in same]
    folder = launcher.settings.data_dir / "datasets" / made["id"]
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]
    for refused in (
        api.http.post("/v1/jobs", json={"dataset": made["id"]}),
        api.http.get(f"/v1/datasets/{made['id']}/preview.png"),
        api.http.post(f"/v1/datasets/{made['id']}/versions", json={"rename_class": {"cat": "x"}}),
    ):
        expect_problem(refused, 409, "dataset_not_ready")
        assert "dry_run" in refused.json()["detail"]
    assert api.http.delete(f"/v1/datasets/{made['id']}").status_code == 204
