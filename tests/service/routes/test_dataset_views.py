"""What is true however one looks at a dataset."""

from pathlib import Path

import httpx
import pytest

from tests.problems import expect_problem
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions
from worker.store.datasets import DatasetStore

PNG = {"Accept": "image/png"}
VIEWS = [
    "preview.png",
    "evidence/near_duplicates_across_splits.png",
    "rows/3",
    "rows/3.png",
    "statistics",
]


@pytest.mark.parametrize("view", VIEWS)
def test_the_same_answer_is_the_same_bytes_and_not_sent_twice(
    http: httpx.Client, pictures: str, view: str
) -> None:
    one, other = (http.get(f"{pictures}/{view}") for _ in range(2))
    assert one.status_code == 200
    assert one.content == other.content
    tag = one.headers["etag"]
    assert (other.headers["etag"], one.headers["cache-control"]) == (tag, "no-cache")
    known = http.get(f"{pictures}/{view}", headers={"If-None-Match": tag})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    head = http.head(f"{pictures}/{view}")
    assert (head.status_code, head.headers["etag"], head.content) == (200, tag, b"")


def test_a_picture_and_what_is_known_of_it_have_tags_of_their_own(
    http: httpx.Client, pictures: str
) -> None:
    tags = {http.get(f"{pictures}/rows/3", headers=h).headers["etag"] for h in ({}, PNG)}
    assert len(tags) == 2


@pytest.mark.parametrize("view", VIEWS)
def test_a_dataset_that_is_not_there_is_404(http: httpx.Client, view: str) -> None:
    expect_problem(http.get(f"/v1/datasets/ds_{'0' * 32}/{view}"), 404, "dataset_not_found")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (None, "is still importing"),
        (State.FAILED, "was rejected"),
        (State.CANCELLED, "was cancelled"),
    ],
)
def test_a_dataset_that_is_not_ready_is_409(
    http: httpx.Client, datasets: Transitions, view: str, ended: State | None, words: str
) -> None:
    made = datasets.create(new_id("ds"), {"name": "pets"}).id
    if ended:
        datasets.finish(datasets.claim(made, "w", 10), ended, {})
    answer = http.get(f"/v1/datasets/{made}/{view}")
    expect_problem(answer, 409, "dataset_not_ready")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("view", VIEWS)
def test_a_dataset_that_is_gone_meanwhile_is_404(
    http: httpx.Client, root: Path, pictures: str, view: str
) -> None:
    DatasetStore(root / "datasets").drop(pictures.rpartition("/")[2])
    expect_problem(http.get(f"{pictures}/{view}"), 404, "dataset_not_found")
