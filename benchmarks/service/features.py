"""How fast photos become features, and an upload an answer, with a backbone.

The features of 1,200 photos of cats and dogs, made as a job has them made, in a sealed process,
beside the bare loop that decodes the same files and runs ONNX Runtime on them with as many threads:
once with its own defaults, and once with our options, which turn weights in 8 bits into floats as
they are loaded. All take turns. Then 20 photos of each class, through the whole service: seconds
from the first byte of the upload to the answer for another photo. Both need the photos and the
backbone in ../shared/data, which are not part of this project.
"""

import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks import setting
from benchmarks.running_service import Service
from benchmarks.service.bare_route import usual_session
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.extraction import Pictures, extract
from worker.data.backbones.importer import import_backbone
from worker.data.backbones.options import BackboneOptions
from worker.data.backbones.running import open_session
from worker.data.importer import import_files
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.machine import cores

SHARED = setting.ROOT.parent / "shared" / "data"
PHOTOS, NETWORK = SHARED / "pets.zip", SHARED / "mobilenet_v2_features.onnx"
FLOOR = 0.9  # of the speed of the bare loop
EACH, ANSWER_S = 20, 8.0  # photos of each class, and the most until the answer
UPLOADS = 5


def training_photos(each: int) -> dict[str, bytes]:
    """So many of each class, by a name in the folder of its class."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(PHOTOS) as archive:
        for label in ("cat", "dog"):
            names = sorted(n for n in archive.namelist() if f"/train/{label}/" in n)[:each]
            found |= {f"{label}/{Path(name).name}": archive.read(name) for name in names}
    return found


def packed(photos: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in photos.items():
            archive.writestr(name, data)
    return path


def bare(photos: list[bytes], network: Path, side: int, opened: Callable[..., Any]) -> float:
    """Seconds of the least that has to be done: threads decode photos and run the network."""
    began = time.perf_counter()
    session = opened(network, 1)
    (name,) = (each.name for each in session.get_inputs())

    def one(encoded: bytes) -> None:
        picture = Image.open(BytesIO(encoded)).convert("RGB").resize((side, side))
        session.run(None, {name: np.asarray(picture, np.float32)[None]})

    with ThreadPoolExecutor(cores()) as threads:
        for _ in threads.map(one, photos):
            pass
    return time.perf_counter() - began


def extracted(pictures: Pictures, backbone: Backbone, network: Path, folder: Path) -> float:
    """Seconds of a job's features."""
    with tempfile.TemporaryDirectory(dir=folder) as target:
        began = time.perf_counter()
        extract(pictures, backbone, network, Path(target), Settings(min_free_bytes=0))
        return time.perf_counter() - began


def rates(each: int, rounds: int) -> Json:
    photos = training_photos(each)
    ours, usual, least = [], [], []
    with tempfile.TemporaryDirectory() as place:
        folder, settings = Path(place), Settings(min_free_bytes=0)
        arrays, tried = folder / "arrays", folder / "tried"
        for made in (arrays, tried):
            made.mkdir()
        backbone = import_backbone(NETWORK, tried, settings, BackboneOptions())
        file = packed(photos, folder / "1-photos.zip")
        import_files([file], arrays, settings)
        pictures, network = Pictures([file], arrays, len(photos)), tried / "network.onnx"
        for _ in range(rounds):
            each_one = [*photos.values()], network, backbone.input.size[0]
            usual.append(bare(*each_one, usual_session))
            least.append(bare(*each_one, open_session))
            ours.append(extracted(pictures, backbone, network, folder))
    found: Json = {"photos": len(photos), "seconds": setting.spread(ours)}
    for name, seconds in {"usual": usual, "least": least}.items():
        found[name] = setting.spread(seconds)
        found[f"share_of_the_{name}"] = found[name]["median"] / found["seconds"]["median"]
    return found


def to_the_answer(uploads: int) -> Iterator[tuple[float, float]]:
    """Seconds from an upload to the end of its job, and to the answer for another photo."""
    photos, (asked, *_) = training_photos(EACH), training_photos(EACH + 1).values()
    with tempfile.TemporaryDirectory() as place, Service(cores()) as service:
        http, file = service.http, packed(photos, Path(place) / "photos.zip")
        sent = http.post("/v1/backbones?name=mobilenet", content=NETWORK.read_bytes()).json()
        until(service, f"/v1/backbones/{sent['id']}", "ready")
        for number in range(uploads):
            began = time.perf_counter()
            form = {"file": (file.name, file.read_bytes())}
            dataset = http.post(f"/v1/datasets?name=n{number}", files=form).json()["id"]
            until(service, f"/v1/datasets/{dataset}", "ready")
            spec = {"dataset": dataset, "backbone": "mobilenet", "model": f"m{number}"}
            job = http.post("/v1/jobs", json=spec).raise_for_status().json()["id"]
            until(service, f"/v1/jobs/{job}", "succeeded")
            trained = time.perf_counter() - began
            http.post(f"/v1/models/m{number}/predict", content=asked).raise_for_status()
            yield trained, time.perf_counter() - began


def until(service: Service, path: str, state: str) -> None:
    while (found := service.http.get(path).raise_for_status().json())["state"] != state:
        if found["state"] in ("failed", "rejected"):
            raise RuntimeError(found["problem"]["detail"])
        time.sleep(0.02)


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=3).parse_args()
    if not (PHOTOS.exists() and NETWORK.exists()):
        print(f"Expected {PHOTOS.name} and {NETWORK.name} in {SHARED}; nothing was measured.")
        return 0
    if not asked.quick:
        setting.wait_for_quiet()
    with setting.Strangers() as strangers:
        found = rates(30 if asked.quick else 600, 1 if asked.quick else asked.rounds)
        print(f"features of {found['photos']:,} photos {found['seconds']['median']:.2f} s, a bare "
              f"loop {found['usual']['median']:.2f} s: {found['share_of_the_usual']:.2f} (at least "
              f"{FLOOR}); with our options {found['least']['median']:.2f} s: "
              f"{found['share_of_the_least']:.2f}", flush=True)  # fmt: skip
        waits = [*to_the_answer(1 if asked.quick else UPLOADS)]
    trained, answered = (setting.spread([wait[n] for wait in waits]) for n in range(2))
    print(f"{2 * EACH} photos: trained after {trained['median']:.2f} s, answered after "
          f"{answered['median']:.2f} s (at most {ANSWER_S} s)")  # fmt: skip
    if asked.quick:
        return 0
    answer = {"trained": trained, "answered": answered}
    setting.save("feature_speed", {"cores_that_others_used": strangers.cores, **found, **answer})
    return int(found["share_of_the_usual"] < FLOOR or answered["median"] > ANSWER_S)


if __name__ == "__main__":
    sys.exit(main())
