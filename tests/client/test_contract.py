"""Every call is one that the service describes, and its answers are understood as they are shown
there."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from purrceptron import Answer, Client, Dataset, Job
from service.app import create_app
from service.settings import ServiceSettings
from tests.client.scripted import URL

JOB = {"id": "job_1", "state": "succeeded"}
DATASET = {"id": "ds_1", "name": "pets", "state": "ready"}
FILES = {"application/zip", "application/octet-stream"}


class Described:
    """Answers as the contract shows; what is not in it fails."""

    def __init__(self, paths: dict[str, Any]) -> None:
        self._routes = [
            (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation)
            for path, methods in paths.items()
            for method, operation in methods.items()
        ]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        for method, path, operation in self._routes:
            if method == request.method and path.fullmatch(request.url.path):
                return self._shown(operation["responses"])
        raise AssertionError(f"{request.method} {request.url.path} is not described")

    def _shown(self, responses: dict[str, Any]) -> httpx.Response:
        status, response = next(each for each in responses.items() if each[0].startswith("2"))
        content = response.get("content", {})
        if content.keys() & FILES:
            return httpx.Response(int(status), content=b"a file")
        example = content.get("application/json", {}).get("example")
        if isinstance(example, dict) and "next" in example:
            example = {**example, "next": None}  # the page that is shown is the last one
        return httpx.Response(int(status), json=example)


@pytest.fixture(scope="module")
def described() -> Described:
    return Described(create_app(ServiceSettings(redis_url="unix:///nowhere")).openapi()["paths"])


def job(client: Client) -> Job:
    return client._session.known_as(Job, JOB)


def dataset(client: Client) -> Dataset:
    return client._session.known_as(Dataset, DATASET)


CALLS: list[Callable[[Client], Any]] = [
    lambda c: c.datasets.upload(__file__, __file__),
    lambda c: c.datasets.get("ds_1"),
    lambda c: list(c.datasets.list()),
    lambda c: c.datasets.wait("ds_1"),
    lambda c: c.datasets.delete("ds_1"),
    lambda c: dataset(c).reload(),
    lambda c: dataset(c).wait(),
    lambda c: dataset(c).cancel(),
    lambda c: dataset(c).edit(drop=[]),
    lambda c: dataset(c).delete(),
    lambda c: dataset(c).restore(),
    lambda c: dataset(c).label(notes="x"),
    lambda c: c.jobs.create("ds_1"),
    lambda c: c.jobs.get("job_1"),
    lambda c: list(c.jobs.list()),
    lambda c: job(c).reload(),
    lambda c: job(c).wait(),
    lambda c: list(job(c).metrics()),
    lambda c: list(job(c).log()),
    lambda c: job(c).evaluation(),
    lambda c: job(c).cancel(),
    lambda c: job(c).stop(),
    lambda c: job(c).pause(),
    lambda c: job(c).resume(),
    lambda c: job(c).retry(),
    lambda c: job(c).label(notes="x"),
    lambda c: c.models.get("cats"),
    lambda c: list(c.models.list()),
    lambda c: c.models["cats"].predict(b"x"),
    lambda c: c.models["cats", 1].predict(b"x"),
    lambda c: c.models["cats", "canary"].predict(b"x"),
    lambda c: list(c.models["cats"].versions()),
    lambda c: c.models["cats"].show(),
    lambda c: c.models["cats"].aliases(),
    lambda c: c.models["cats"].promote(1),
    lambda c: c.models["cats"].roll_back(),
    lambda c: c.models["cats"].delete_alias("canary"),
    lambda c: c.models["cats"].verify(),
    lambda c: c.models["cats"].delete(),
    lambda c: c.models["cats", 1].delete(),
    lambda c: c.models["cats"].restore(),
    lambda c: c.models["cats", 1].restore(),
    lambda c: c.keys.create("the shop", ["predict"], lasts_s=60),
    lambda c: c.keys.get("key_1"),
    lambda c: list(c.keys.list()),
    lambda c: c.keys.rotate("key_1", old_lasts_s=60),
    lambda c: c.keys.revoke("key_1"),
]


@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_a_call_and_its_answer_are_those_of_the_contract(
    described: Described, call: Callable[[Client], Any]
) -> None:
    with httpx.Client(transport=httpx.MockTransport(described)) as http:
        said = call(Client(URL, http=http))
    answers = said if isinstance(said, list) else [said]
    assert all(answer is None or isinstance(answer, Answer) for answer in answers)
    assert answers


@pytest.mark.parametrize("kind", ["onnx", "int8", "bundle", "weights"])
def test_a_file_is_that_of_the_contract(described: Described, tmp_path: Path, kind: Any) -> None:
    with httpx.Client(transport=httpx.MockTransport(described)) as http:
        path = Client(URL, http=http).models["cats"].download(tmp_path / kind, kind)
    assert path.read_bytes() == b"a file"
