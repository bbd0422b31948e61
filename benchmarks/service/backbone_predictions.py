"""How many photos a second a model answers by a backbone, beside bare routes that do as much.

Two clients on kept connections send a JPEG of about 90 KB again and again, to the whole service and
to `bare_route`: the same decoding, the same network, one thread for each picture, once with the
defaults of ONNX Runtime, and once with our options. Turn by turn, so that what else the machine
does meets all; and since more processes get more of a machine that others use too, the processor
time for each photo is told beside the rate. Needs mobilenet_v2_features.onnx in ../shared/data.
"""

import io
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx
import numpy as np
from PIL import Image

from benchmarks import setting
from benchmarks.running_service import Service
from worker.data import sketches
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.importer import import_backbone
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.sizing import preprocessing
from worker.jsontypes import Json
from worker.settings import Settings
from worker.store.store import Store

NETWORK = setting.ROOT.parent / "shared" / "data" / "mobilenet_v2_features.onnx"
CLIENTS, SECONDS, CLASSES = 2, 6.0, ["cat", "dog", "neither"]
FLOOR = 0.85
SIZE, QUALITY, GRAIN = (640, 480), 87, 10
BACKBONE, MODEL = "bb_" + "0" * 32, "photos"


class Subject(NamedTuple):
    """What is asked.

    Attributes:
        process: the one that serves it; what it has started works for it too.
        seconds: of processor time for each photo, in every round; `rates`, photos a second.
    """

    address: str
    path: str
    process: int
    rates: list[float]
    seconds: list[float]


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=9).parse_args()
    if not NETWORK.is_file():
        print(f"left out: {NETWORK.name} is not in {NETWORK.parent}")
        return 0
    rounds, seconds = (2, 0.5) if asked.quick else (asked.rounds, SECONDS)
    photo = photograph()
    with tempfile.TemporaryDirectory() as folder, Service(1) as service:
        backbone = publish(Store(service.folder), Path(folder))
        ours = str(service.http.base_url), f"/v1/models/{MODEL}/predict", service.process("api")
        with (
            bare_route(backbone, Path(folder), "usual") as usual,
            bare_route(backbone, Path(folder), "ours") as bare,
            setting.Strangers() as strangers,
        ):
            asked_of = {"service": ours, "bare route": usual, "with our options": bare}
            found = {name: Subject(*where, [], []) for name, where in asked_of.items()}
            measure(found, photo, rounds, seconds)
    share, stricter = (
        median(found["service"].rates) / median(found[name].rates)
        for name in ("bare route", "with our options")
    )
    print(f"share {share:.3f}, {stricter:.3f} of a route with our options; others used "
          f"{strangers.cores} cores")  # fmt: skip
    if not asked.quick:
        about: Json = {"clients": CLIENTS, "seconds": seconds, "photo_bytes": len(photo)}
        about |= {
            "share": share,
            "share_of_our_options": stricter,
            "cores_that_others_used": strangers.cores,
        }
        for name, each in found.items():
            told = {"photos_per_s": each.rates, "processor_s_per_photo": each.seconds}
            about[name] = {what: setting.spread(values) for what, values in told.items()}
        setting.save("backbone_predictions", about)
    return int(share < FLOOR and not asked.quick)


def photograph() -> bytes:
    """A drawing with the grain of a photo."""
    drawn = Image.fromarray(sketches.draw(seed=1, train_rows=2, test_rows=0).train_x[1])
    pixels = np.asarray(drawn.resize(SIZE, Image.Resampling.BICUBIC), np.float64)
    pixels += np.random.default_rng(1).normal(scale=GRAIN, size=pixels.shape)
    encoded = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=QUALITY)
    return encoded.getvalue()


def publish(store: Store, folder: Path) -> Backbone:
    """Put the backbone into the store, and a model with one layer on its features."""
    with store.backbones.local_folder(BACKBONE) as part:
        backbone = import_backbone(NETWORK, part, Settings(), BackboneOptions())
        digest = store.backbones.publish(BACKBONE, part, backbone)["digest"]
    W = np.random.default_rng(1).normal(scale=0.01, size=(backbone.features, len(CLASSES)))
    np.save(folder / "W.npy", W)
    how = preprocessing(backbone.input)
    about = {
        "job": "job_0", "created_at": "2026-01-01T00:00:00Z", "classes": CLASSES,
        "shape": list(how.shape), "preprocessing": how.as_dict(), "backbone": digest,
        "features": backbone.features, "spec": {"network": {"activation": "relu"}},
        "dataset": {"id": "ds_0", "digest": "sha256:0"}, "result": {}, "fold_difference": 0.0,
    }  # fmt: skip
    tensors = {"W1": W.astype("float32"), "b1": np.zeros(len(CLASSES), "float32")}
    store.models.publish(MODEL, 1, tensors, about, {})
    return backbone


@contextmanager
def bare_route(backbone: Backbone, folder: Path, kind: str) -> Iterator[tuple[str, str, int]]:
    """The peer: its address, its path and its process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        what = (kind, str(NETWORK), json.dumps(backbone.as_dict()), str(folder / "W.npy"))
        command = [sys.executable, "-m", "benchmarks.service.bare_route", *what]
        number = listener.fileno()
        process = subprocess.Popen(
            [*command, str(number)], pass_fds=[number], env=setting.environment(1), cwd=setting.ROOT
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", "/predict", process.pid
        finally:
            process.terminate()
            process.wait()


def measure(subjects: dict[str, Subject], photo: bytes, rounds: int, seconds: float) -> None:
    """Ask all of them in every round, and note what they did."""
    for subject in subjects.values():  # all processes come up, and have answered before
        answered(subject, photo, 2.0)
    setting.wait_for_quiet()
    for _ in range(rounds):
        for subject in subjects.values():
            used, began = setting.processor_seconds(subject.process), time.perf_counter()
            count = answered(subject, photo, seconds)
            subject.rates.append(count / (time.perf_counter() - began))
            subject.seconds.append((setting.processor_seconds(subject.process) - used) / count)
        told = (
            f"{name} {each.rates[-1]:.1f} photos/s, {1e3 * each.seconds[-1]:.1f} ms of processor"
            for name, each in subjects.items()
        )
        print("; ".join(told), flush=True)


def answered(subject: Subject, photo: bytes, seconds: float) -> int:
    """How many photos all clients together get answered."""
    headers = {"Content-Type": "image/jpeg"}

    def client(_: int) -> int:
        with httpx.Client(base_url=subject.address, timeout=60, trust_env=False) as http:
            until, count = time.perf_counter() + seconds, 0
            while time.perf_counter() < until:
                http.post(subject.path, content=photo, headers=headers).raise_for_status()
                count += 1
            return count

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(client, range(CLIENTS)))


if __name__ == "__main__":
    sys.exit(main())
