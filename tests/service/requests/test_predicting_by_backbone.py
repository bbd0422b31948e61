"""Models that were trained on the features of a backbone: what they answer, and what they do when
the processes that run it fail."""

import os
import signal
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.problems import expect_problem
from tests.service.requests.asked import LINES, cats, lines, told
from tests.service.server_thread import serving
from tests.service.wait import wait_until
from tests.worker.data.backbones.networks import FEATURES, pictures
from tests.worker.data.backbones.running_pools import (
    BRIGHT,
    runners,
    stopped,
    stored,
    without_number,
)
from tests.worker.data.making import encoded
from tests.worker.serving.test_loaded_models import publish
from worker.data.backbones.running import features, open_session
from worker.data.backbones.sizing import preprocessing
from worker.data.pictures.pixels import decode
from worker.data.preprocessing import Preprocessing
from worker.serving.loaded_backbones import LoadedBackbones
from worker.store.store import Store
from worker.system.machine import cores

WEIGHT = 1e-5  # by which no probability is 0 or 1
ASK = "/v1/models/{}/predict"


@pytest.fixture
def served(
    valkey: Valkey, root: Path, changed: dict[str, Any]
) -> Iterator[tuple[str, LoadedBackbones]]:
    """The address of the service, and its backbones."""
    settings = ServiceSettings(
        redis_url=valkey.url, data_dir=root, min_free_bytes=0, max_image_seconds=5, **changed
    )
    with serving(settings) as (address, server):
        application: Any = server.config.app
        yield address, application.state.app_state.loaded_backbones
    wait_until(lambda: not runners())


@pytest.fixture
def http(served: tuple[str, LoadedBackbones]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served[0], timeout=60, trust_env=False) as http:
        yield http


@pytest.fixture
def store(root: Path) -> Store:
    return Store(root)


def head(store: Store, name: str, digest: str, side: int | None = None, version: int = 1) -> None:
    """A model on the features of a backbone: of photos as they are, or of arrays of one side."""
    expects = store.backbones.open(digest)[0].input
    how = preprocessing(expects) if side is None else Preprocessing(height=side, width=side)
    about: dict[str, Any] = {"backbone": digest, "features": FEATURES, "weight": WEIGHT}
    publish(store, name, version, shape=how.shape, preprocessing=how, **about)


@pytest.fixture
def digest(store: Store, tmp_path: Path) -> str:
    """Of a backbone that sees pictures of 24 x 24."""
    return stored(store.backbones, tmp_path, "bb_" + "1" * 32)


@pytest.fixture(autouse=True)
def models(store: Store, digest: str) -> None:
    """One that learned from photos, and one that learned from arrays of 8 x 8."""
    head(store, "photos", digest)
    head(store, "arrays", digest, side=8)


def form(*files: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    return [("image", (f"{number}.png", data)) for number, data in enumerate(files)]


def expected(store: Store, digest: str, data: bytes, how: Preprocessing) -> float:
    """What the model says by its formulas, from what is in the file of a picture."""
    backbone, network = store.backbones.open(digest)
    pixels = decode(data, how, max_bytes=10**6, max_pixels=10**6).pixels
    made = features(open_session(network, 1), backbone, pixels[None]).astype("float64")
    return float(1 / (1 + np.exp(-WEIGHT * made.sum())))


@pytest.mark.parametrize(("model", "side"), [("photos", 24), ("arrays", 8)])
def test_a_picture_is_decoded_seen_and_answered_as_in_training(
    http: httpx.Client, store: Store, digest: str, model: str, side: int
) -> None:
    sent = [encoded(picture) for picture in pictures(6, (40, 30))]
    how = Preprocessing(height=side, width=side)
    alone = [cats(http.post(ASK.format(model), content=data))[0] for data in sent]
    assert alone == pytest.approx([expected(store, digest, data, how) for data in sent], abs=1e-9)
    assert len({*alone}) == 6
    assert cats(http.post(ASK.format(model), files=form(*sent))) == alone
    rows = [decode(d, how, max_bytes=10**6, max_pixels=10**6).pixels.reshape(-1) for d in sent]
    body = {"rows": [row.tolist() for row in rows]}
    assert cats(http.post(ASK.format(model), json=body)) == alone
    asked = lines(*body["rows"], *(b64encode(data).decode() for data in sent))
    found = told(http.post(ASK.format(model), content=asked, headers=LINES))
    assert [line["probabilities"]["cat"] for line in found] == alone * 2


@pytest.mark.parametrize("value", [0.5, -1, 256, 1e9])
def test_pixels_in_rows_must_be_whole_numbers(http: httpx.Client, value: float) -> None:
    row, url = [7.0] * 192, ASK.format("arrays")
    bad = [*row[:5], value, *row[6:]]
    answer = http.post(url, json={"rows": [bad]})
    expect_problem(answer, 422, "invalid_parameter", "/rows/0/5")
    assert "Expected a whole number from 0 to 255" in answer.json()["detail"]
    found = http.post(url, json={"rows": [row, bad, row]}).json()["predictions"]
    assert [each.get("row") for each in found] == [None, 1, None]


def test_a_bad_picture_of_many_has_a_problem_and_the_others_their_answers(
    http: httpx.Client,
) -> None:
    good = encoded(pictures(1)[0])
    answer = http.post(ASK.format("photos"), files=form(good, good[:60], good))
    first, bad, last = answer.json()["predictions"]
    assert first["label"] == last["label"]
    assert (bad["file"], bad["problem"]["code"]) == ("1.png", "corrupt_file")
    answer = http.post(ASK.format("photos"), content=good[:60])
    expect_problem(answer, 422, "corrupt_file")


def test_models_and_versions_share_the_processes_of_their_backbone(
    http: httpx.Client, store: Store, digest: str
) -> None:
    head(store, "photos", digest, version=2)
    sent = encoded(pictures(1)[0])
    found = [cats(http.post(ASK.format("photos"), content=sent)) for _ in range(4)]
    before = {*runners()}
    url = "/v1/models/photos/versions/1/predict"
    found += [cats(http.post(url, content=sent)) for _ in range(4)]
    found += [cats(http.post(ASK.format("arrays"), content=sent)) for _ in range(4)]
    assert found[0] == found[4]
    assert before <= {*runners()}
    assert len(runners()) == len(before)


def test_a_process_that_dies_is_one_503_and_the_next_request_is_answered(
    http: httpx.Client, served: tuple[str, LoadedBackbones], store: Store
) -> None:
    publish(store, "plain", shape=(8, 8, 3), preprocessing=Preprocessing(height=8, width=8))
    sent = encoded(pictures(1)[0])
    good = cats(http.post(ASK.format("photos"), content=sent))
    with stopped(*served[1]._pools.values()) as pool, ThreadPoolExecutor(1) as thread:
        files = form(*[sent] * (cores() + 1))
        asked = thread.submit(http.post, ASK.format("photos"), files=files)
        wait_until(lambda: pool.queued)  # by now each process has one
        assert len(cats(http.post(ASK.format("plain"), content=sent))) == 1
        for pid in runners():
            os.kill(pid, signal.SIGKILL)
        answer = asked.result(30)
    expect_problem(answer, 503, "backbone_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert cats(http.post(ASK.format("photos"), content=sent)) == good


def test_pictures_of_a_client_that_leaves_do_not_wait_any_more(
    http: httpx.Client, served: tuple[str, LoadedBackbones]
) -> None:
    sent = encoded(pictures(1)[0])
    good = cats(http.post(ASK.format("photos"), content=sent))
    with stopped(*served[1]._pools.values()) as pool:
        with (
            httpx.Client(base_url=served[0], timeout=1, trust_env=False) as leaving,
            pytest.raises(httpx.ReadTimeout),
        ):
            leaving.post(ASK.format("photos"), files=form(*[sent] * 40))
        wait_until(lambda: not pool.queued)
        # What was being looked at has no answer to wait for either: its processes are new ones.
        assert cats(http.post(ASK.format("photos"), content=sent)) == good
    assert not any(served[1]._users.values())


def test_a_backbone_that_is_not_there_or_another_one_is_told(
    http: httpx.Client, store: Store, digest: str
) -> None:
    _, network = store.backbones.open(digest)
    whole = network.read_bytes()
    network.write_bytes(whole[:-1] + b"x")
    sent = encoded(pictures(1)[0])
    answer = http.post(ASK.format("photos"), content=sent)
    expect_problem(answer, 500, "damaged_backbone")
    assert "send the same file" in answer.json()["detail"]
    answer = http.post(ASK.format("arrays"), json={"rows": [[7] * 192]})
    expect_problem(answer, 500, "damaged_backbone")
    network.write_bytes(whole)
    assert len(cats(http.post(ASK.format("photos"), content=sent))) == 1


def test_features_that_are_no_number_refuse_the_picture_alone(
    http: httpx.Client, store: Store, tmp_path: Path
) -> None:
    head(store, "odd", stored(store.backbones, tmp_path, "bb_2", model=without_number()))
    good, bad = encoded(pictures(1)[0]), encoded(BRIGHT)
    answer = http.post(ASK.format("odd"), files=form(good, bad, good))
    first, second, third = answer.json()["predictions"]
    assert first["probability"] == third["probability"]
    assert second["problem"]["code"] == "invalid_parameter"
    expect_problem(http.post(ASK.format("odd"), content=bad), 422, "invalid_parameter")
    answer = http.post(ASK.format("odd"), json={"rows": [[255] * BRIGHT.size]})
    expect_problem(answer, 422, "invalid_parameter", "/rows/0")


@pytest.mark.parametrize("changed", [{"max_queued_pictures": 1, "backbones_in_memory": 1}])
def test_more_than_may_wait_is_told_to_come_again(
    http: httpx.Client, served: tuple[str, LoadedBackbones], store: Store, tmp_path: Path
) -> None:
    other = stored(store.backbones, tmp_path, "bb_" + "3" * 32, convention="keras")
    head(store, "others", other)
    sent = encoded(pictures(1)[0])
    good = cats(http.post(ASK.format("photos"), content=sent))
    with ThreadPoolExecutor(1) as thread:
        with stopped(*served[1]._pools.values()) as pool:
            files = form(*[sent] * (cores() + 3))
            asked = thread.submit(http.post, ASK.format("photos"), files=files)
            wait_until(lambda: pool.queued)
            time.sleep(0.3)  # the first pictures that were queued are taken at once
            wait_until(lambda: pool.queued)
            full = http.post(ASK.format("photos"), content=sent)
            expect_problem(full, 429, "too_busy")
            assert "1 pictures to wait for a backbone" in full.json()["detail"]
            unloaded = http.post(ASK.format("others"), content=sent)
            expect_problem(unloaded, 429, "too_busy")
            assert "PURR_BACKBONES_IN_MEMORY" in unloaded.json()["detail"]
        assert cats(asked.result(30)) == good * (cores() + 3)
    assert len(cats(http.post(ASK.format("others"), content=sent))) == 1
