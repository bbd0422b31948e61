"""Whatever the API has and the library does not: asked by its path, answered as it came."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from purrceptron import Busy, Client, Stranger, Unreachable
from tests.client.conftest import Do
from tests.client.scripted import Lines, Scripted

CSV = "text/csv"
TABLE = "/v1/jobs/job_1/metrics"


def test_an_answer_is_there_byte_by_byte(service: Scripted, do: Do) -> None:
    service.answers.append(httpx.Response(200, content=b'{"a":   1}', headers={"ETag": '"x"'}))
    said = do(
        lambda client: client.send(
            "POST", "/v1/models/cats/predict", headers={"Accept": "x/y"}, content=b"row", twice=True
        )
    )
    assert (said.content, said.headers["ETag"]) == (b'{"a":   1}', '"x"')
    (sent,) = service.requests
    assert (sent.content, sent.headers["Accept"]) == (b"row", "x/y")
    assert sent.headers["Authorization"] == "Bearer a-key"


@pytest.mark.parametrize("patience_s", [0, None])
def test_somebody_may_have_less_patience(
    service: Scripted, do: Do, slept: list[float], patience_s: float | None
) -> None:
    service.refuse(503, "not_ready", "2")
    service.say({})
    if patience_s is None:
        do(lambda client: client.send("GET", "/readyz"))
    else:
        with pytest.raises(Busy):
            do(lambda client: client.send("GET", "/readyz", patience_s=patience_s))
    assert slept == ([] if patience_s == 0 else [2])


def test_a_table_comes_piece_by_piece(service: Scripted, do: Do) -> None:
    lines = Lines(("epoch,loss", "1,0.5"), None)
    service.answers.append(httpx.Response(200, stream=lines, headers={"Content-Type": CSV}))
    found = do(lambda client: client.pieces(TABLE, CSV, query={"limit": 2}))
    assert found == [b"epoch,loss\n", b"1,0.5\n"]
    assert service.asked == [f"GET {TABLE}?limit=2"]
    assert service.requests[0].headers["Accept"] == CSV


def test_an_answer_of_another_kind_is_from_another_service(service: Scripted, do: Do) -> None:
    service.answers.append(httpx.Response(200, html="<h1>Welcome</h1>"))
    with pytest.raises(Stranger, match="Expected text/csv"):
        do(lambda client: client.pieces(TABLE, CSV))


def test_an_answer_that_breaks_off_is_told(service: Scripted, do: Do) -> None:
    lines = Lines(("epoch,loss",), httpx.ReadError("broken"))
    service.answers.append(httpx.Response(200, stream=lines, headers={"Content-Type": CSV}))
    with pytest.raises(Unreachable, match="broken"):
        do(lambda client: client.pieces(TABLE, CSV))


def test_files_are_sent_to_any_path(service: Scripted, purr: Client, tmp_path: Path) -> None:
    (tmp_path / "network.onnx").write_bytes(b"a network")
    service.say({"id": "bb_1"}, 202)
    heard: list[tuple[int, int]] = []
    said = purr.upload(
        "/v1/backbones", tmp_path / "network.onnx", query={"name": "small", "size": None},
        progress=lambda *told: heard.append(told),
    )  # fmt: skip
    assert (said, heard) == ({"id": "bb_1"}, [(9, 9)])
    assert service.asked == ["POST /v1/backbones?name=small"]
    assert b'filename="network.onnx"' in service.requests[0].content


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.send("GET", ".example/v1/limits"),
        lambda client: client.pieces("@example/v1/limits", CSV),
        lambda client: client.upload(":80/v1/backbones", __file__),
    ],
)
def test_a_path_does_not_change_the_host(service: Scripted, do: Do, use: Any) -> None:
    with pytest.raises(ValueError, match="a path that begins with a slash"):
        do(use)
    assert service.requests == []
