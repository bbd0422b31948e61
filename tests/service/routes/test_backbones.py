"""Networks that are sent: what is refused at once, and how they are found and deleted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.problems import expect_problem
from tests.worker.data.backbones.networks import network
from worker.jobs.record import State
from worker.jobs.transitions import Transitions, open_records
from worker.jsontypes import Json

BACKBONES = "/v1/backbones"
SENT = network().SerializeToString()
MANIFEST: Json = {
    "input": {
        "size": [24, 24], "layout": "NCHW", "dtype": "float32", "scale": 1.0, "mean": [0, 0, 0],
        "std": [1, 1, 1], "channel_order": "rgb", "resize": "squash",
    },
    "output": "features", "pooled": None, "batched": True, "features": 7, "parameters": 450,
    "opset": 17, "digest": "sha256:00", "bytes": 1234,
}  # fmt: skip


@pytest.fixture
def records(client: redis.Redis) -> Transitions:
    return open_records(client)["bb"]


@pytest.fixture
def sent(http: httpx.Client) -> Callable[..., httpx.Response]:
    def send(body: bytes = SENT, **query: Any) -> httpx.Response:
        kind = {"Content-Type": "application/octet-stream"}
        return http.post(BACKBONES, params=query, content=body, headers=kind)

    return send


@pytest.fixture
def ready(sent: Callable[..., httpx.Response], records: Transitions) -> str:
    """The id of a backbone that is ready."""
    made = str(sent(name="small").json()["id"])
    records.finish(records.claim(made, "w", 10), State.SUCCEEDED, {"result": MANIFEST})
    return made


def test_a_network_is_taken_in_and_can_be_followed(
    http: httpx.Client, sent: Callable[..., httpx.Response]
) -> None:
    answer = sent(name="small", size="24,24", convention="torchvision", mean="0.5")
    assert answer.status_code == 202
    made = answer.json()
    assert answer.headers["location"] == f"{BACKBONES}/{made['id']}"
    assert (made["name"], made["state"], made["bytes"]) == ("small", "importing", len(SENT))
    assert http.get(answer.headers["location"]).json() == made


def test_a_form_does_as_well_and_the_same_file_is_the_same_backbone(
    http: httpx.Client, sent: Callable[..., httpx.Response]
) -> None:
    form = http.post(BACKBONES, params={"name": "small"}, files={"file": ("a.onnx", SENT)})
    assert form.status_code == 202
    assert form.json()["id"] == sent(name="small").json()["id"]
    assert form.json()["id"] != sent(name="other").json()["id"]


def test_a_backbone_is_shown_by_its_id_and_its_name(http: httpx.Client, ready: str) -> None:
    shown = http.get(f"{BACKBONES}/{ready}").json()
    assert http.get(f"{BACKBONES}/small").json() == shown
    assert shown["state"] == "ready"
    told = MANIFEST.keys() - {"batched", "bytes"}
    assert {name: shown[name] for name in told} == {name: MANIFEST[name] for name in told}
    assert shown["bytes"] == MANIFEST["bytes"] + len(SENT)  # the upload is still there


def test_backbones_are_listed_a_page_at_a_time(
    http: httpx.Client, ready: str, sent: Callable[..., httpx.Response]
) -> None:
    newest = sent(name="other").json()["id"]
    first = http.get(BACKBONES, params={"limit": 1}).json()
    assert [each["id"] for each in first["data"]] == [newest]
    second = http.get(BACKBONES, params={"limit": 1, "after": first["next"]}).json()
    assert ([each["id"] for each in second["data"]], second["next"]) == ([ready], None)


def test_why_a_network_was_rejected_is_told(
    http: httpx.Client, sent: Callable[..., httpx.Response], records: Transitions
) -> None:
    made = sent(name="small").json()["id"]
    problem = {"code": "unsafe_file", "detail": "Expected this, got that."}
    records.finish(records.claim(made, "w", 10), State.FAILED, {"problem": problem})
    shown = http.get(f"{BACKBONES}/small").json()
    assert (shown["state"], shown["problem"], shown["features"]) == ("rejected", problem, None)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"\x89HDF\r\n\x1a\n" + bytes(2000), "look like HDF5"),
        (b"PK\x03\x04" + bytes(2000), "look like zip"),
        (b"\x08\x08\x99", "look like"),
        (b"\x08", "look like"),
    ],
)
def test_what_is_no_onnx_is_refused_by_its_first_bytes(
    sent: Callable[..., httpx.Response], root: Path, body: bytes, said: str
) -> None:
    answer = sent(body)
    expect_problem(answer, 415, "unsupported_media_type")
    assert said in answer.json()["detail"]
    assert list((root / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"size": "5"}, "size"),
        ({"size": "1,2,3"}, "size"),
        ({"mean": "1,2"}, "mean"),
        ({"std": "0"}, "std"),
        ({"scale": "-1"}, "scale"),
        ({"layout": "HWC"}, "layout"),
        ({"convention": "caffe"}, "convention"),
        ({"name": "../up"}, "name"),
        ({"image_size": "24"}, "image_size"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_by_name(
    sent: Callable[..., httpx.Response], query: dict[str, str], parameter: str
) -> None:
    answer = sent(**query)
    expect_problem(answer, 422, "invalid_parameter")
    assert [fault["parameter"] for fault in answer.json()["errors"]] == [parameter]


def test_two_files_are_refused(http: httpx.Client) -> None:
    two = [("file", ("a.onnx", SENT)), ("file", ("b.onnx", SENT))]
    answer = http.post(BACKBONES, files=two)
    expect_problem(answer, 413, "too_large")
    assert "at most 1 file in one upload" in answer.json()["detail"]


@pytest.mark.parametrize("changed", [{"max_backbone_bytes": 100}])
def test_a_file_that_is_too_large_is_refused(
    sent: Callable[..., httpx.Response], changed: dict[str, Any]
) -> None:
    answer = sent()
    expect_problem(answer, 413, "too_large")
    assert "PURR_MAX_BACKBONE_BYTES" in answer.json()["detail"]


def test_a_backbone_is_deleted_for_good(http: httpx.Client, ready: str) -> None:
    assert http.delete(f"{BACKBONES}/small").status_code == 204
    for name in ("small", ready):
        expect_problem(http.get(f"{BACKBONES}/{name}"), 404, "backbone_not_found")
        expect_problem(http.delete(f"{BACKBONES}/{name}"), 404, "backbone_not_found")


def test_a_backbone_that_is_imported_is_not_deleted(
    http: httpx.Client, sent: Callable[..., httpx.Response]
) -> None:
    made = sent().json()["id"]
    expect_problem(http.delete(f"{BACKBONES}/{made}"), 409, "conflict")


def test_an_import_can_be_cancelled_and_then_deleted(
    http: httpx.Client, sent: Callable[..., httpx.Response]
) -> None:
    made = sent(name="small").json()["id"]
    for _ in range(2):
        cancelled = http.post(f"{BACKBONES}/{made}/cancel")
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert cancelled.json()["bytes"] == 0
    assert http.delete(f"{BACKBONES}/{made}").status_code == 204
    expect_problem(http.get(f"{BACKBONES}/{made}"), 404, "backbone_not_found")


def test_one_that_is_ready_cannot_be_cancelled(http: httpx.Client, ready: str) -> None:
    expect_problem(http.post(f"{BACKBONES}/{ready}/cancel"), 409, "conflict")
