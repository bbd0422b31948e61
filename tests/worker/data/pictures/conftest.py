"""Pools of decoders, and what they tell of each picture."""

import time
from collections.abc import Iterator

import pytest

from tests.worker.data.pictures.bombs import LARGEST
from worker.data.pictures.pool import DecoderPool
from worker.settings import Settings
from worker.system.machine import cores


@pytest.fixture(scope="module")
def pool() -> Iterator[DecoderPool]:
    settings = Settings(
        max_image_pixels=LARGEST,
        max_image_bytes=10**8,
        max_image_seconds=1,
        max_queued_pixels=10**10,
    )
    with DecoderPool(settings, ready=True) as pool:
        yield pool


@pytest.fixture
def told() -> list[tuple[bool, str]]:
    """Of each picture whether it was begun, and the code of its refusal."""
    return []


@pytest.fixture
def observed(told: list[tuple[bool, str]]) -> Iterator[DecoderPool]:
    def observe(seconds: float | None, code: str) -> None:
        told.append((seconds is not None, code))

    settings = Settings(
        max_image_bytes=10**8,
        max_image_pixels=LARGEST,
        max_image_seconds=1,
        max_queued_pixels=10**10,
    )
    with DecoderPool(settings, observe, ready=True) as pool:
        while pool.starts < cores():
            time.sleep(0.001)
        yield pool
