"""Calls that are refused: in the words of the API, or of what a tool can be given."""

from collections.abc import Iterator

import pytest

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.service.mcp.speaking import Speaker
from tests.service.server_thread import serving
from tests.worker.serving.test_loaded_models import publish
from worker.store.store import Store

NO_JOB, NO_DATASET = f"job_{32 * '0'}", f"ds_{32 * '0'}"


@pytest.fixture(scope="module")
def speaker(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    """Somebody who may write, to a service of whom nobody asks anything that it keeps."""
    root = tmp_path_factory.mktemp("refused") / "data"
    publish(Store(root), "numbers", shape=(3,))
    settings = ServiceSettings(
        redis_url=valkey.url, data_dir=root, min_free_bytes=0, mcp_writes=True
    )
    with serving(settings) as (address, _):
        yield Speaker(address)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("show_job", {"job_id": NO_JOB}, f"No job has this id. Asked for: '{NO_JOB}'"),
        ("job_metrics", {"job_id": NO_JOB}, "No job has this id"),
        ("job_metrics", {"job_id": NO_JOB, "points": 10**9}, "No job has this id"),
        ("show_dataset", {"dataset_id": NO_DATASET}, "No dataset"),
        ("show_model", {"model": "nobody"}, "nobody"),
        ("train", {"dataset": NO_DATASET}, "dataset"),
        ("train", {}, "/dataset: Field required"),
        ("train", {"dataset": NO_DATASET, "epoch": 3}, "did you mean /epochs?"),
        ("list_jobs", {"limt": 3}, "did you mean limit?"),
        ("list_jobs", {"limit": "many"}, "limit"),
        ("show_job", {}, "Expected an id or a name as 'job_id', got none."),
        ("cancel_job", {"job_id": "../datasets/x"}, "Expected an id or a name as 'job_id'"),
        ("cancel_job", {"job_id": ".."}, "Expected an id or a name as 'job_id'"),
        ("show_model", {"model": "a/aliases/b"}, "Expected an id or a name as 'model'"),
        ("explain", {"model": "numbers", "image": "no picture"}, "Expected a picture in base64"),
        ("explain", {"model": "numbers"}, "Expected a picture in base64 as 'image', got none."),
        ("predict", {"model": "numbers", "rows": [[1, 2]]}, "Expected 3"),
        ("retry_everything", {}, "Expected one of the tools list_datasets, "),
    ],
)
def test_a_refusal_says_what_was_expected(
    speaker: Speaker, tool: str, arguments: dict[str, object], said: str
) -> None:
    assert said in speaker.refused(tool, **arguments)
