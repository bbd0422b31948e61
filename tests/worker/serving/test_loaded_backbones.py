"""A backbone is loaded once for all that need it, and a few of them at a time."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service.wait import wait_until
from tests.worker.data.backbones.networks import FEATURES, network
from tests.worker.data.backbones.running_pools import DARK, runners, stored
from worker.errors import DamagedBackbone, TooBusy
from worker.serving.loaded_backbones import LoadedBackbones
from worker.settings import Settings
from worker.store.store import Store
from worker.system.machine import cores


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


@pytest.fixture
def digests(store: Store, tmp_path: Path) -> list[str]:
    options = [{}, {"convention": "keras"}, {"convention": "torchvision"}]
    return [
        stored(store.backbones, tmp_path, f"bb_{number:032}", **each)
        for number, each in enumerate(options)
    ]


@pytest.fixture
def loaded(store: Store) -> Iterator[LoadedBackbones]:
    loaded = LoadedBackbones(store.backbones, Settings(backbones_in_memory=2))
    yield loaded
    loaded.close()
    wait_until(lambda: not runners())  # those that had to go are not waited for


def asked(loaded: LoadedBackbones, digest: str) -> None:
    with loaded.using(digest) as pool:
        assert pool.submit(DARK).answer.result(30).shape == (FEATURES,)


def test_all_who_need_one_share_its_processes(loaded: LoadedBackbones, digests: list[str]) -> None:
    with loaded.using(digests[0]) as one, loaded.using(digests[0]) as other:
        assert one is other
    for _ in range(3 * cores()):
        asked(loaded, digests[0])
    assert one.starts <= cores()


def test_those_asked_last_are_kept_up_to_a_number(
    loaded: LoadedBackbones, digests: list[str]
) -> None:
    first, second, third = digests
    for digest in (first, second, first, third):
        asked(loaded, digest)
    assert list(loaded._pools) == [first, third]
    assert len(loaded) == 2
    asked(loaded, second)
    assert list(loaded._pools) == [third, second]


def test_one_in_use_is_kept_and_where_all_are_another_is_refused(
    loaded: LoadedBackbones, digests: list[str]
) -> None:
    first, second, third = digests
    with ExitStack() as used:
        used.enter_context(loaded.using(first))
        asked(loaded, second)
        asked(loaded, third)
        assert list(loaded._pools) == [first, third]
        used.enter_context(loaded.using(third))
        with pytest.raises(TooBusy, match="at most 2 backbones"), loaded.using(second):
            pass
        asked(loaded, first)
    asked(loaded, second)


def test_one_that_is_not_there_is_told_and_found_once_it_is(
    loaded: LoadedBackbones, store: Store, tmp_path: Path, digests: list[str]
) -> None:
    store.backbones.drop(f"bb_{0:032}")
    for _ in range(2):
        with (
            pytest.raises(DamagedBackbone, match=f"{digests[0]}.* not there. Send the same"),
            loaded.using(digests[0]) as pool,
        ):
            pool.submit(DARK).answer.result(30)
    assert stored(store.backbones, tmp_path, f"bb_{7:032}") == digests[0]
    asked(loaded, digests[0])


def test_another_network_in_its_place_is_refused(
    loaded: LoadedBackbones, store: Store, digests: list[str]
) -> None:
    _, path = store.backbones.open(digests[0])
    path.write_bytes(network(ending="spatial").SerializeToString())
    with (
        pytest.raises(DamagedBackbone, match="changed on disk; send the same"),
        loaded.using(digests[0]) as pool,
    ):
        pool.submit(DARK).answer.result(30)
