"""The forms of pictures that people have."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.data.arrays.reading import LABELS, X, read, taken
from tests.worker.data.making import npz_file
from worker.data import rows
from worker.errors import UnsupportedFile

GREY = X[..., 0]


@pytest.mark.parametrize(
    ("x", "expected", "words"),
    [
        (X, X, ""),
        (X.transpose(0, 3, 1, 2), X, "channels of (12, 3, 4, 4) were moved"),
        (GREY, np.stack([GREY] * 3, axis=-1), "grey pictures got three equal"),
        (GREY[..., None], np.stack([GREY] * 3, axis=-1), "grey pictures"),
        (GREY[:, None], np.stack([GREY] * 3, axis=-1), "channels of (12, 1, 4, 4)"),
        (X.astype("f4"), X, "float32 was stored as uint8"),
        (X.astype(">i4"), X, "int32 was stored as uint8"),
        (X / 255, X, "float64 was multiplied by 255 and stored as uint8"),
        ((X / 255).astype("f4"), X, "float32 was multiplied by 255"),
        ((X / 255).astype("f2"), X, "float16 was multiplied by 255"),
        ((X * np.float32(1 / 255)).astype("f8"), X, "float64 was multiplied by 255"),
        (X > 127, np.where(X > 127, 255, 0), "bool was multiplied by 255"),
        ((X > 127).astype("u2"), np.where(X > 127, 255, 0), "uint16 was multiplied by 255"),
        ((X > 127).astype("u1"), X > 127, ""),
    ],
    ids=range(14),
)
def test_pictures_of_any_form_become_the_same(
    tmp_path: Path, x: Any, expected: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "BLOCK_BYTES", 4 * 8 * 16 * 3)
    found = taken(tmp_path, x=x)
    assert np.array_equal(found.x["train"], expected)
    assert words in found.said.get("arrays_changed", "")
    assert ("arrays_changed" in found.said) == bool(words)


def test_the_splits_are_scaled_alike_where_they_are_of_one_type(tmp_path: Path) -> None:
    x = (X / 255).astype("f4")
    dark = np.zeros_like(x[:2])
    path = npz_file(tmp_path / "a.npz", x=255 * x, y=LABELS, x_test=dark + 1, y_test=[0, 1])
    assert np.unique(read(path).x["test"]).tolist() == [1]


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (X / 256, r"got float64 from 0 to 0.99\d* with fractions; .* np.rint\(x \* 255\)"),
        (X + 0.5, r"from 0.5 to 255.5 with fractions; .*undo the normalization"),
        (X * 0.5, r"with fractions; store them as uint8: np.rint\(x\)"),
        (X.astype("u2") * 257, r"got uint16 from 0 to 65535; .* np.rint\(x / 257\)"),
        (X.astype(int) + 1, "got int64 from 1 to 256;"),
        (X / 127.5 - 1, r"got float64 from -1 to 1 with.* np.rint\(\(x \+ 1\) \* 127.5\)"),
        (np.where(X[0, 0, 0, 0] == X, np.nan, X), "from nan to nan .* np.nan_to_num"),
        (X + np.inf, "from inf to inf"),
    ],
)
def test_other_numbers_are_refused_with_their_range(tmp_path: Path, x: Any, words: str) -> None:
    with pytest.raises(UnsupportedFile, match=words):
        read(npz_file(tmp_path / "a.npz", x=x, y=LABELS))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((12, 784), r"got \(12, 784\); each row may be a picture: x.reshape\(-1, 28, 28\)"),
        ((12, 12288), r"x.reshape\(-1, 64, 64, 3\)"),
        ((12, 7), "store RGB pictures"),
        ((12, 0), "store RGB pictures"),
        ((12, 8, 8, 4), r"leave out the fourth channel, as in x\[..., :3\]"),
        ((8, 8, 3, 12), r"np.moveaxis\(x, -1, 0\)"),
        ((12, 2, 8, 8, 3), "store RGB pictures"),
        ((12, 0, 8, 3), "store RGB pictures"),
        ((12,), "store RGB pictures"),
    ],
)
def test_other_shapes_are_refused(tmp_path: Path, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(UnsupportedFile, match=words):
        read(npz_file(tmp_path / "a.npz", x=np.zeros(shape, "u1"), y=LABELS))


def test_a_split_without_rows_asks_for_no_scale(tmp_path: Path) -> None:
    path = npz_file(tmp_path / "a.npz", x=X[:0].astype("f4"), y=LABELS[:0], x_test=X, y_test=LABELS)
    assert len(read(path).x["train"]) == 0
