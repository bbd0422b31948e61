"""A file of tensors is what safetensors makes of them, without their bytes in memory twice."""

import hashlib
import io
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from worker.nn.arrays import Array
from worker.nn.engines.layout import empty
from worker.store import tensor_file
from worker.store.tensor_file import PIECE_BYTES, Tensors


def padded(*shape: int) -> Array:
    """As an engine has it: there are numbers between its rows that are not its own."""
    found = empty("float32", *shape)
    found[...] = np.random.default_rng(1).normal(size=shape)
    return found


def tensors() -> dict[str, Tensors]:
    transposed = np.arange(6.0).reshape(3, 2).T
    many = {f"param.{i}": np.full((i, 2), float(i), "float32") for i in range(12)}
    return {
        "padded": {"W": padded(37, 21), "b": padded(21)},
        "turned": {"W1": transposed, "b1": np.ones(3)},
        "many": many,
        "of both precisions": {"a": np.ones(3, "float32"), "b": np.ones((1, 2)), "c": np.ones(1)},
        "empty": {"W": np.ones((0, 4)), "b": np.ones(0)},
        "large": {"W": padded(700, 1000)},
    }


def written(given: Tensors, about: dict[str, Any] | None = None) -> tuple[bytes, str]:
    file = io.BytesIO()
    digest = tensor_file.write(file, given, about)
    return file.getvalue(), digest


@pytest.mark.parametrize("name", tensors())
def test_the_bytes_are_those_of_safetensors(name: str) -> None:
    given = tensors()[name]
    close = {key: np.ascontiguousarray(array) for key, array in given.items()}
    payload, digest = written(given)
    assert payload == save(close)
    assert digest == hashlib.sha256(payload).hexdigest()


def test_what_is_said_beside_them_is_where_safetensors_has_it() -> None:
    about = {"epoch": 3, "name": 'Mimí "the cat"\n', "best": float("inf")}
    payload, _ = written({"b": np.ones(2)}, about)
    said = '{"epoch": 3, "name": "Mim\\u00ed \\"the cat\\"\\n", "best": Infinity}'
    assert payload == save({"b": np.ones(2)}, metadata={"about": said})


def test_they_come_back_mapped_and_unchanged(tmp_path: Path) -> None:
    given, about = tensors()["padded"], {"t": 7}
    payload, _ = written(given, about)
    (tmp_path / "a.safetensors").write_bytes(payload)
    found, said = tensor_file.read(tmp_path / "a.safetensors")
    assert said == about
    assert {key: array.tolist() for key, array in found.items()} == {
        key: array.tolist() for key, array in given.items()
    }
    assert not any(array.flags.writeable or array.flags.owndata for array in found.values())
    assert load(payload)["W"].tolist() == found["W"].tolist()


def test_or_in_memory_of_their_own_with_the_digest_of_just_that(tmp_path: Path) -> None:
    given, path = tensors()["large"], tmp_path / "a.safetensors"
    payload, digest = written(given)
    path.write_bytes(payload)
    data, found = tensor_file.content(path)
    assert found == digest
    path.write_bytes(b"")
    assert data.tobytes() == payload
    again = tensor_file.parsed(data)[0]["W"]
    assert (again == given["W"]).all()
    assert not again.flags.writeable


def test_a_file_says_nothing_beside_its_tensors_unless_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(written({"b": np.ones(2)})[0])
    assert tensor_file.read(tmp_path / "a.safetensors")[1] == {}


def test_no_more_than_a_piece_is_in_memory_twice(tmp_path: Path) -> None:
    given = {"W": padded(3_000, 2_001), "V": padded(2_001, 3_000).T}
    tracemalloc.start()
    with (tmp_path / "a").open("wb") as file:
        tensor_file.write(file, given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * PIECE_BYTES < given["W"].nbytes / 7
