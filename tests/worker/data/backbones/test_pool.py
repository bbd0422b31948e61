"""Backbones in processes of their own: what they answer, what they may, and what ends them."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.service.wait import wait_until
from tests.worker.data.backbones.networks import FEATURES, pictures
from tests.worker.data.backbones.running_pools import (
    BRIGHT,
    DARK,
    opened,
    pool_of,
    ready,
    runners,
    stopped,
    without_number,
)
from worker.data.backbones.pool import FeaturePool
from worker.data.backbones.running import features, open_session
from worker.errors import BackboneUnavailable, DamagedBackbone, InvalidParameter, TooBusy
from worker.system.confinement import landlock
from worker.system.machine import cores

SENT = pictures(6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backbone")


@pytest.fixture(scope="module")
def pool(folder: Path) -> Iterator[FeaturePool]:
    with pool_of(opened(folder), max_image_seconds=2) as pool:
        yield pool


@pytest.mark.parametrize("sides", [(24, 24), (9, 16)])
def test_features_are_those_that_training_has_learned_from(
    pool: FeaturePool, folder: Path, sides: tuple[int, int]
) -> None:
    sent = SENT[:, : sides[0], : sides[1]]
    backbone, network = opened(folder)()
    expected = features(open_session(network, 1), backbone, sent)
    tasks = [pool.submit(picture) for picture in sent]
    found = np.stack([task.answer.result(30) for task in tasks])
    assert found.shape == (6, FEATURES)
    assert found.tobytes() == expected.tobytes()


@pytest.mark.skipif(not landlock.version(), reason="needs a kernel with Landlock")
def test_a_process_is_sealed(pool: FeaturePool) -> None:
    ready(pool)
    for proc in runners().values():
        status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines())
        assert (status["Seccomp"], status["NoNewPrivs"], status["Threads"]) == ("2", "1", "1")
        assert b"PURR" not in (proc / "environ").read_bytes()
        assert len(list((proc / "fd").iterdir())) == 3
        limits = (proc / "limits").read_text()
        assert str(2 * 2**30) in limits


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP])
def test_a_process_that_dies_or_hangs_costs_one_picture(pool: FeaturePool, number: int) -> None:
    expected = pool.submit(SENT[0]).answer.result(30).tobytes()
    ready(pool)
    before = pool.starts
    for pid in runners():
        os.kill(pid, signal.SIGSTOP)
    task = pool.submit(SENT[0])
    while not task.child:
        time.sleep(0.001)
    time.sleep(0.05)  # it was sent to the process
    for pid in runners():
        os.kill(pid, number)
    with pytest.raises(BackboneUnavailable, match="started again"):
        task.answer.result(30)
    for pid in runners():
        os.kill(pid, signal.SIGKILL)  # with nothing to do, which is held against no picture
    for _ in range(2 * cores()):
        assert pool.submit(SENT[0]).answer.result(30).tobytes() == expected
    assert pool.starts > before


def test_features_that_are_no_number_refuse_the_picture_alone(tmp_path: Path) -> None:
    with pool_of(opened(tmp_path, without_number())) as pool:
        tasks = [pool.submit(picture) for picture in (DARK, BRIGHT, DARK)]
        with pytest.raises(InvalidParameter, match="finite"):
            tasks[1].answer.result(30)
        assert np.isfinite(tasks[0].answer.result(30)).all()
        assert np.isfinite(tasks[2].answer.result(30)).all()
        assert pool.starts <= cores()


@pytest.mark.parametrize("content", [b"", b"no network", None])
def test_a_network_that_does_not_load_is_told_for_each_picture(
    tmp_path: Path, content: bytes | None
) -> None:
    backbone, network = opened(tmp_path)()
    if content is None:
        network.unlink()
    else:
        network.write_bytes(content)
    with pool_of(lambda: (backbone, network)) as pool:
        for _ in range(2):
            with pytest.raises(BackboneUnavailable, match="none comes up"):
                pool.submit(DARK).answer.result(60)


def test_a_backbone_that_cannot_be_opened_is_told_too_and_tried_again(tmp_path: Path) -> None:
    sound, damaged = opened(tmp_path), [True]

    def open_it():  # type: ignore[no-untyped-def]
        if damaged[0]:
            raise DamagedBackbone("Expected another digest.")
        return sound()

    with pool_of(open_it) as pool:
        with pytest.raises(DamagedBackbone, match="another digest"):
            pool.submit(DARK).answer.result(30)
        damaged[0] = False
        assert pool.submit(DARK).answer.result(30).shape == (FEATURES,)


def test_a_full_queue_takes_no_more_and_gives_back_what_nobody_waits_for(tmp_path: Path) -> None:
    with pool_of(opened(tmp_path), max_queued_pictures=2) as pool:
        with stopped(pool):
            busy = [pool.submit(DARK)]
            for _ in range(cores() - 1):
                wait_until(lambda: not pool.queued)
                busy.append(pool.submit(DARK))
            wait_until(lambda: not pool.queued)
            waiting = [pool.submit(DARK) for _ in range(2)]
            with pytest.raises(TooBusy, match="at most 2 pictures to wait for a backbone, found 2"):
                pool.submit(DARK)
            pool.drop(waiting)
            assert all(task.answer.cancelled() for task in waiting)
        assert all(task.answer.result(30).shape == (FEATURES,) for task in busy)


def test_an_end_leaves_no_process(tmp_path: Path) -> None:
    others = {*runners()}
    with pool_of(opened(tmp_path)) as pool:
        pool.submit(DARK).answer.result(30)
        assert {*runners()} - others
    assert {*runners()} <= others
