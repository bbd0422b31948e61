"""What the benchmarks of one API process on one core ask about, and how it is asked from the other
core.
"""

import io
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks import setting
from worker.data import sketches
from worker.data.preprocessing import REDUCING_GAP, Preprocessing
from worker.jsontypes import Json
from worker.store.store import Store

SERVED, ASKING = 0, 1  # cores
SIZES = {"20 KB": (320, 240, 82), "90 KB": (640, 480, 87)}  # width, height, quality
GRAIN = 10
PICTURES = Preprocessing(reducing_gap=REDUCING_GAP)
MODEL, LAYERS = "classic", (12_288, 20, 7, 5, 1)


def keep_to_a_core() -> None:
    """Have this process, and those that it starts, on the core that is measured."""
    os.sched_setaffinity(0, {SERVED})


def tensors_of(layers: tuple[int, ...] = LAYERS) -> dict[str, NDArray[np.float32]]:
    """Drawn weights and biases of dense layers of these widths."""
    chance, tensors = np.random.default_rng(1), {}
    for layer, (n_in, n_out) in enumerate(pairwise(layers), 1):
        tensors[f"W{layer}"] = chance.normal(scale=1e-3, size=(n_in, n_out)).astype("float32")
        tensors[f"b{layer}"] = np.zeros(n_out, "float32")
    return tensors


def publish(
    store: Store,
    name: str = MODEL,
    layers: tuple[int, ...] = LAYERS,
    how: Preprocessing = PICTURES,
) -> None:
    """Put a network of dense layers with drawn weights into the store."""
    about = {
        "job": "job_0", "created_at": "2026-01-01T00:00:00Z", "classes": ["other", "cat"],
        "shape": [64, 64, 3] if how.kind == "picture" else [layers[0]],
        "preprocessing": how.as_dict(), "spec": {"network": {"activation": "relu"}}, "result": {},
        "fold_difference": 0.0, "dataset": {"id": "ds_0", "digest": "sha256:0"},
    }  # fmt: skip
    store.models.publish(name, 1, tensors_of(layers), about, {})


def photo(folder: Path, size: str) -> Path:
    """A drawing with the grain of a photo, as a file."""
    width, height, quality = SIZES[size]
    drawn = Image.fromarray(sketches.draw(seed=1, train_rows=2, test_rows=0).train_x[1])
    pixels = np.asarray(drawn.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    pixels += np.random.default_rng(1).normal(scale=GRAIN, size=pixels.shape)
    encoded = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=quality)
    path = folder / f"{width}.jpg"
    path.write_bytes(encoded.getvalue())
    return path


def path_of(model: str = MODEL) -> str:
    return f"/v1/models/{model}/predict"


def asked(
    port: int, path: str, body: Path, seconds: float, *, connections: int = 0, rate: float = 0
) -> Json:
    """What `benchmarks.load` says of kept connections that ask again when they were answered; or
    `benchmarks.arrivals`, of requests that come at this rate a second."""
    module, much = ("arrivals", rate) if rate else ("load", connections)
    about = (str(port), path, str(body), str(much), str(seconds), str(ASKING))
    command = [sys.executable, "-m", f"benchmarks.{module}", *about]
    ended = subprocess.run(command, capture_output=True, check=True, cwd=setting.ROOT)
    found: Json = json.loads(ended.stdout)
    return found


def answered(port: int, path: str, body: Path, connections: int, seconds: float) -> list[float]:
    """Milliseconds of every answer, of which none may refuse."""
    found = asked(port, path, body, seconds, connections=connections)
    if found["refused"]:
        raise RuntimeError(f"Expected answers, got {found['refused']} refusals.")
    return found["milliseconds"]  # type: ignore[no-any-return]
