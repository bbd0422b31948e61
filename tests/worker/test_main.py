"""The worker's front door: which queue it serves."""

import pytest

from worker.__main__ import run, served
from worker.settings import Settings


def without_gpu() -> str | None:
    return None


def with_gpu() -> str | None:
    return "NVIDIA H200"


def never_asked() -> str | None:
    raise AssertionError("nobody wanted to know")


def test_who_has_a_graphics_processor_serves_its_queue() -> None:
    assert served("train", Settings(), with_gpu) == "gpu"


def test_who_has_none_serves_the_others() -> None:
    assert served("train", Settings(), without_gpu) == "train"


def test_a_graphics_processor_that_is_to_be_left_alone_is_not_even_looked_for() -> None:
    assert served("train", Settings(device="cpu"), never_asked) == "train"


def test_imports_need_no_graphics_processor() -> None:
    assert served("import", Settings(), never_asked) == "import"


def test_there_is_no_other_work() -> None:
    with pytest.raises(ValueError, match="train"):
        run("gpu", Settings())
