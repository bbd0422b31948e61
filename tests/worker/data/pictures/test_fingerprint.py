"""The fingerprint of a preprocessing: what a picture of our own becomes."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from worker.data.pictures.fingerprint import SAMPLED, Fingerprint, fingerprint, numbers
from worker.data.preprocessing import Preprocessing

HERE = fingerprint(Preprocessing())


def changed(by: int, of: Fingerprint = HERE) -> Fingerprint:
    """Of pixels of which one differs."""
    values = numbers(of.sample)
    values[7] += by if values[7] < 128 else -by
    sample = base64.b64encode(values.astype(np.uint8).tobytes()).decode()
    return replace(of, sha256="sha256:other", sample=sample)


@pytest.mark.parametrize(
    "other",
    [
        Preprocessing(filter="bilinear"),
        Preprocessing(resize="crop"),
        Preprocessing(height=32),
        Preprocessing(reducing_gap=2.0),
    ],
)
def test_another_preprocessing_has_another(other: Preprocessing) -> None:
    assert fingerprint(other).difference(HERE) > 0
    assert fingerprint(other) == fingerprint(replace(other))


def test_a_difference_is_the_largest_of_the_pixels_that_are_kept() -> None:
    assert HERE.difference(HERE) == 0
    assert HERE.difference(changed(1)) == 1
    assert changed(9).difference(HERE) == 9
    assert HERE.difference(replace(HERE, sha256="sha256:other")) == 1  # where none are kept
    assert HERE.difference(replace(changed(1), sample="AAAA")) == 255


@pytest.mark.parametrize("side", [8, 64, 224, 512])
def test_it_is_small_whatever_the_size(side: int) -> None:
    found = fingerprint(Preprocessing(height=side, width=side))
    assert SAMPLED // 2 <= len(numbers(found.sample)) <= SAMPLED or side == 8
    assert len(np.unique(numbers(found.sample))) > 30  # there is something to see


def test_it_says_which_libraries_made_it() -> None:
    assert HERE.made_by["pillow"]
