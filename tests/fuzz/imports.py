"""Whole imports of one file, as they are done in a sealed process, but within this one."""

import tempfile
from pathlib import Path

from tests.fuzz.held_file import held
from worker.data.prepare import prepare
from worker.settings import Settings

SETTINGS = Settings(min_free_bytes=0, max_dataset_bytes=10**7, max_image_pixels=10**6)


def dataset(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        prepare([held(body)], Path(folder), SETTINGS, 1)
