"""Pictures of any size get that of the network as a picture file does."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.backbones.networks import pictures
from tests.worker.data.backbones.test_running import made
from tests.worker.data.making import encoded
from worker.data.backbones.expectation import Expectation
from worker.data.backbones.options import Resize
from worker.data.backbones.running import features
from worker.data.backbones.sizing import preprocessing, sized
from worker.data.pictures.pixels import decode


def test_one_of_the_size_stays_as_it_is() -> None:
    (picture,) = pictures(1)
    assert sized(picture, Expectation(size=(24, 24))) is picture


@pytest.mark.parametrize("resize", ["squash", "crop"])
@pytest.mark.parametrize("size", [(24, 48), (12, 9), (24, 24)])
def test_pixels_become_what_the_same_picture_in_a_file_becomes(
    size: tuple[int, int], resize: Resize
) -> None:
    (picture,), expects = pictures(1), Expectation(size=size, resize=resize)
    found = decode(encoded(picture), preprocessing(expects), max_bytes=10**6, max_pixels=10**6)
    assert np.array_equal(sized(picture, expects), found.pixels)
    assert sized(picture, expects).shape == (*size, 3)


def test_a_network_is_given_pictures_in_its_size(tmp_path: Path) -> None:
    session, backbone = made(tmp_path)
    small = pictures(3)[:, :9, :16]
    large = np.stack([sized(picture, backbone.input) for picture in small])
    expected = features(session, backbone, large).tobytes()
    assert features(session, backbone, small).tobytes() == expected
