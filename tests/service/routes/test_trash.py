"""The trash over HTTP: deleted datasets are listed apart, restored as they were, and make way."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.problems import expect_problem
from tests.service.api import Api
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.store.record_archive import Archive

NOBODY = "ds_" + "0" * 32
DAY_S = 24 * 3600


def in_use(http: httpx.Client) -> list[Json]:
    return list(http.get("/v1/datasets").json()["data"])


def trashed(http: httpx.Client) -> list[Json]:
    return list(http.get("/v1/datasets?state=trashed").json()["data"])


@pytest.fixture
def stored(known: str, root: Path) -> str:
    """A dataset whose files take a thousand bytes."""
    (root / "datasets" / known).mkdir(parents=True)
    (root / "datasets" / known / "train_x.npy").write_bytes(bytes(1_000))
    Archive(root).keep_request(known, {"body": {"name": "pictures"}})
    return known


def test_a_deleted_dataset_can_be_restored_as_it_was(http: httpx.Client, stored: str) -> None:
    before = http.get(f"/v1/datasets/{stored}").json()
    assert (before["state"], before["bytes"], before["trashed_until"]) == ("ready", 1_000, None)
    assert in_use(http) == [before]
    for _ in range(2):  # whoever lost the answer may ask again
        assert http.delete(f"/v1/datasets/{stored}").status_code == 204
    deleted = http.get(f"/v1/datasets/{stored}").json()
    until = datetime.fromisoformat(deleted["trashed_until"])
    assert 7 * DAY_S - 30 < (until - datetime.now(UTC)).total_seconds() < 7 * DAY_S
    assert deleted == before | {"state": "trashed", "trashed_until": deleted["trashed_until"]}
    assert (in_use(http), trashed(http)) == ([], [deleted])
    restored = http.post(f"/v1/datasets/{stored}/restore")
    assert (restored.status_code, restored.json()) == (200, before)
    assert (in_use(http), trashed(http)) == ([before], [])


def test_what_is_in_use_or_gone_cannot_be_restored(http: httpx.Client, stored: str) -> None:
    expect_problem(http.post(f"/v1/datasets/{stored}/restore"), 409, "conflict")
    expect_problem(http.post(f"/v1/datasets/{NOBODY}/restore"), 404, "dataset_not_found")


@pytest.mark.parametrize("changed", [{"trash_days": 0.5 / DAY_S}])
def test_what_has_been_in_the_trash_for_long_enough_is_gone(
    http: httpx.Client, stored: str, root: Path, client: redis.Redis
) -> None:
    assert http.delete(f"/v1/datasets/{stored}").status_code == 204
    wait_until(lambda: not [*root.rglob("*ds_*")])
    wait_until(lambda: not [key for key in client.scan_iter("purr:*") if stored in str(key)])
    for answer in (
        http.get(f"/v1/datasets/{stored}"),
        http.delete(f"/v1/datasets/{stored}"),
        http.post(f"/v1/datasets/{stored}/restore"),
        http.post(f"/v1/datasets/{stored}/cancel"),
    ):
        expect_problem(answer, 404, "dataset_not_found")
    assert trashed(http) == []


def test_no_job_begins_on_what_is_in_the_trash(http: httpx.Client, stored: str) -> None:
    http.delete(f"/v1/datasets/{stored}")
    refused = http.post("/v1/jobs", json={"dataset": stored})
    expect_problem(refused, 409, "dataset_not_ready")
    assert f"/v1/datasets/{stored}/restore" in refused.json()["detail"]
    assert http.get("/v1/jobs").json()["data"] == []
    http.post(f"/v1/datasets/{stored}/restore")
    assert http.post("/v1/jobs", json={"dataset": stored}).status_code == 202


def test_what_was_answered_survives_a_wiped_redis(
    http: httpx.Client, stored: str, client: redis.Redis
) -> None:
    http.delete(f"/v1/datasets/{stored}")
    before = trashed(http)
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    assert (trashed(http), in_use(http)) == (before, [])
    http.post(f"/v1/datasets/{stored}/restore")
    client.flushall()
    wait_until(lambda: client.exists(FILLED))
    assert [dataset["id"] for dataset in in_use(http)] == [stored]


def test_the_trash_is_listed_page_by_page(http: httpx.Client, datasets: Transitions) -> None:
    made = [datasets.create(new_id("ds"), {"name": str(n)}).id for n in range(5)]
    for dataset in made:
        datasets.cancel(dataset)
        assert http.delete(f"/v1/datasets/{dataset}").status_code == 204
    found, after = [], ""
    while after is not None:
        page = http.get(f"/v1/datasets?state=trashed&limit=2{after and '&after=' + after}").json()
        found += [dataset["id"] for dataset in page["data"]]
        after = page["next"]
    assert found == sorted(made, reverse=True)
    expect_problem(http.get("/v1/datasets?state=lost"), 422, "invalid_parameter")


@pytest.mark.parametrize("changed", [{"max_store_bytes": 50_000}])
def test_the_trash_makes_way_for_an_upload_and_the_rest_is_refused(
    http: httpx.Client, stored: str, datasets: Transitions, root: Path
) -> None:
    spare = datasets.create(new_id("ds"), {"name": "spare"}).id
    datasets.finish(datasets.claim(spare, "w", 10), State.SUCCEEDED, {"result": {}})
    for dataset, size in ((stored, 20_000), (spare, 15_000)):
        (root / "datasets" / dataset).mkdir(exist_ok=True)
        (root / "datasets" / dataset / "train_x.npy").write_bytes(bytes(size))
    http.delete(f"/v1/datasets/{stored}")
    upload = b"\x93NUMPY" + bytes(24_000)
    accepted = http.post("/v1/datasets", content=upload)
    assert (accepted.status_code, accepted.json()["bytes"]) == (202, len(upload))
    assert http.get(f"/v1/datasets/{stored}").status_code == 404
    refused = http.post("/v1/datasets", content=upload)
    expect_problem(refused, 507, "insufficient_storage")
    assert f"{spare} 'spare' (15,000 bytes)" in refused.json()["detail"]
    assert [path.name for path in (root / "uploads").iterdir()] == [accepted.json()["id"]]


def test_a_dataset_of_pictures_is_restored_and_trained_on(api: Api, drawings: list[Path]) -> None:
    dataset: dict[str, Any] = api.upload(drawings)
    assert dataset["bytes"] > 100 * 64 * 64 * 3
    assert api.http.delete(f"/v1/datasets/{dataset['id']}").status_code == 204
    assert api.http.post(f"/v1/datasets/{dataset['id']}/restore").json() == dataset
    api.train(dataset=dataset["id"], model="restored", epochs=1, network={"hidden_units": []})
