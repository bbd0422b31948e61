from hashlib import sha256

import numpy as np
import pytest

from worker.data import dataset as data
from worker.data.dataset import Dataset, Split
from worker.data.listing import rows_of


def test_every_row_is_listed_once_with_the_digest_of_its_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data, "BLOCK_BYTES", 8 * 6 * 2)  # two rows at a time
    x = np.arange(30, dtype=np.uint8).reshape(5, 2, 3)
    splits = {
        "train": Split.whole(x, np.array([0, 1, 0, 1, 0])),
        "test": Split.whole(x[:1], np.array([1])),
    }
    names = {"train": ["a", "b", "c", "d", "e"]}
    blocks = [*rows_of(Dataset("ds", "", ["cat", "dog"], [2, 3], {}, splits), names.get)]
    assert [len(block) for block in blocks] == [2, 2, 1, 1]
    found = [row for block in blocks for row in block]
    assert [row[:3] for row in found] == [
        ("train", 0, "cat"), ("train", 1, "dog"), ("train", 2, "cat"), ("train", 3, "dog"),
        ("train", 4, "cat"), ("test", 0, "dog"),
    ]  # fmt: skip
    assert [row.source for row in found] == ["a", "b", "c", "d", "e", ""]
    assert found[4].sha256 == sha256(x[4].tobytes()).hexdigest()
