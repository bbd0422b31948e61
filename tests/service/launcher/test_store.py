"""What `purr up` and `purr api` say of a store that they cannot work with."""

import os
from pathlib import Path

import pytest

from service.app import serve
from service.launcher.launcher import Launcher
from service.launcher.process import CannotStart
from service.launcher.store import fit_store
from tests.service.launcher.children import settings
from worker.store.version import FILE

NEWER = '{"version": 99, "release": "9.1"}'


def test_a_newer_store_is_refused_before_anything_is_started(folder: Path) -> None:
    (folder / FILE).write_text(NEWER)
    with pytest.raises(CannotStart, match=r"got version 99, which release 9\.1 has written"):
        Launcher(settings(folder)).start()
    assert not (folder / "redis").exists()


def test_the_api_alone_refuses_it_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "umask", lambda _: None)  # it stays that of the other tests
    (folder / FILE).write_text(NEWER)
    with pytest.raises(CannotStart, match="Run that release or a newer one"):
        serve(settings(folder, redis_url="unix:///nowhere"))


def test_a_folder_that_cannot_be_made_is_named(folder: Path) -> None:
    (folder / "file").touch()
    with (
        pytest.raises(CannotStart, match="name another one with PURR_DATA_DIR"),
        fit_store(folder / "file" / "data"),
    ):
        raise AssertionError("it was held")


def test_the_launcher_stamps_it(folder: Path) -> None:
    with fit_store(folder):
        assert (folder / FILE).exists()
