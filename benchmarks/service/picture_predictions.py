"""How many pictures a second one API process on one core answers, beside a bare route on the same
core that decodes and computes the same on the spot.

Kept connections, 16 and 64, ask from the other core, with a JPEG of about 20 KB and one of about 90
KB. Service and route take turns, so that what else the machine does meets both. Needs two cores.
"""

import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import setting
from benchmarks.running_service import Service
from worker.data import sketches
from worker.data.preprocessing import REDUCING_GAP, Preprocessing
from worker.jsontypes import Json
from worker.store.store import Store

SERVED, ASKING = 0, 1  # cores
CONNECTIONS = (16, 64)
SIZES = {"20 KB": (320, 240, 82), "90 KB": (640, 480, 87)}  # width, height, quality
GRAIN, SECONDS, FLOOR = 10, 3.0, 0.9
MODEL, LAYERS = "classic", (12_288, 20, 7, 5, 1)


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=5).parse_args()
    rounds, seconds = (1, 0.3) if asked.quick else (asked.rounds, SECONDS)
    os.sched_setaffinity(0, {SERVED})  # and so those that are started here
    with tempfile.TemporaryDirectory() as folder, Service(1) as service:
        store = service.folder
        publish(Store(store))
        port = service.http.base_url.port or 0
        with bare_route(store) as bare, setting.Strangers() as strangers:
            subjects = {
                "service": (port, f"/v1/models/{MODEL}/predict"),
                "bare route": (bare, "/predict"),
            }
            found = {
                f"{size}, {connections} connections": measured(
                    subjects, photo(Path(folder), size), connections, rounds, seconds
                )
                for size in SIZES
                for connections in CONNECTIONS
            }
    if not asked.quick:
        about = {"seconds": seconds, "cores_that_others_used": strangers.cores, "asked": found}
        setting.save("picture_predictions", about)
    return int(min(each["share"] for each in found.values()) < FLOOR and not asked.quick)


def publish(store: Store) -> None:
    """Put a network of four layers with drawn weights into the store."""
    chance, tensors = np.random.default_rng(1), {}
    for layer, (n_in, n_out) in enumerate(pairwise(LAYERS), 1):
        tensors[f"W{layer}"] = chance.normal(scale=1e-3, size=(n_in, n_out)).astype("float32")
        tensors[f"b{layer}"] = np.zeros(n_out, "float32")
    about = {
        "job": "job_0", "created_at": "2026-01-01T00:00:00Z", "classes": ["other", "cat"],
        "shape": [64, 64, 3], "preprocessing": Preprocessing(reducing_gap=REDUCING_GAP).as_dict(),
        "spec": {"network": {"activation": "relu"}}, "result": {}, "fold_difference": 0.0,
        "dataset": {"id": "ds_0", "digest": "sha256:0"},
    }  # fmt: skip
    store.models.publish(MODEL, 1, tensors, about, {})


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


@contextmanager
def bare_route(store: Path) -> Iterator[int]:
    """The peer: its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "benchmarks.service.bare_pictures", str(store), MODEL]
        process = subprocess.Popen(
            [*command, str(number)], pass_fds=[number], env=setting.environment(1), cwd=setting.ROOT
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait()


def measured(
    subjects: dict[str, tuple[int, str]], body: Path, connections: int, rounds: int, seconds: float
) -> Json:
    """The rate and the 99th percentile of each in every round, and the service's share."""
    rates: dict[str, list[float]] = {name: [] for name in subjects}
    tails: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, (port, path) in subjects.items():
            found = asked(port, path, body, connections, seconds)
            rates[name].append(len(found) / seconds)
            tails[name].append(statistics.quantiles(found, n=100)[98])
    share = statistics.median(rates["service"]) / statistics.median(rates["bare route"])
    told = ", ".join(
        f"{name} {statistics.median(rates[name]):.0f}/s with p99 "
        f"{statistics.median(tails[name]):.0f} ms" for name in subjects
    )  # fmt: skip
    print(
        f"{body.stat().st_size:,} bytes, {connections} connections: {told}: {share:.2f}", flush=True
    )
    about: Json = {"bytes": body.stat().st_size, "share": share}
    for name in subjects:
        about[name] = {
            "answers_per_s": setting.spread(rates[name]),
            "p99_ms": setting.spread(tails[name]),
        }
    return about


def asked(port: int, path: str, body: Path, connections: int, seconds: float) -> list[float]:
    """Milliseconds of every answer."""
    about = (str(port), path, str(body), str(connections), str(seconds), str(ASKING))
    command = [sys.executable, "-m", "benchmarks.load", *about]
    ended = subprocess.run(command, capture_output=True, check=True, cwd=setting.ROOT)
    found: Json = json.loads(ended.stdout)
    if found["refused"]:
        raise RuntimeError(f"Expected answers, got {found['refused']} refusals.")
    return found["milliseconds"]  # type: ignore[no-any-return]


if __name__ == "__main__":
    sys.exit(main())
