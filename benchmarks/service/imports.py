"""How fast uploads become datasets, each beside the least that anybody could do with its bytes.

2,000 photos of 120 KB in a zip, beside the bare loop that decodes them, in a process for each core;
a CSV of a million rows by 20 columns, beside pyarrow's own reader and its columns as arrays; 2 GB
of NPY, beside a copy of the file. Both sides take turns. The import is that of a worker: in a
sealed process, with its checks and findings. Last, how long after the answer 202 the course's files
are ready, through the whole service.
"""

import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from pyarrow import csv

from benchmarks import setting
from benchmarks.pictures import pictures
from benchmarks.running_service import Service
from worker.data.importer import import_files
from worker.data.pictures.pixels import decode
from worker.data.preprocessing import Preprocessing
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.machine import cores

PHOTO = 640, 480  # pixels, which take some 120 KB in the quality below
QUALITY = 92
LARGE = 2**31
UPLOADS, READY_S = 9, 1.0  # of the course's files, and the most that they may take


class Kind(NamedTuple):
    """An upload.

    Attributes:
        make: writes it into a folder, in a size of `full` or a hundredth; returns its files.
        least: does the least that has to be done with a file.
        floor: the share of that speed that an import must reach.
    """

    make: Callable[[Path, bool], list[Path]]
    least: Callable[[Path], object]
    floor: float


def photos(folder: Path, full: bool) -> list[Path]:
    random = np.random.default_rng(1)
    path = folder / "photos.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(2_000 if full else 60):
            coarse = random.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize(PHOTO, Image.Resampling.BICUBIC)
            noise = random.integers(-9, 10, (*PHOTO[::-1], 3))
            pixels = np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8)
            encoded = BytesIO()
            Image.fromarray(pixels).save(encoded, "JPEG", quality=QUALITY)
            archive.writestr(f"{('cat', 'dog')[number % 2]}/{number}.jpg", encoded.getvalue())
    return [path]


def decoded(path: Path) -> None:
    with zipfile.ZipFile(path) as archive, ProcessPoolExecutor(cores()) as processes:
        encoded = [archive.read(name) for name in archive.namelist()]
        for _ in processes.map(pixels_of, encoded, chunksize=8):
            pass


def pixels_of(encoded: bytes) -> bytes:
    return decode(encoded, Preprocessing(), max_bytes=10**8, max_pixels=10**8).pixels.tobytes()


def table(folder: Path, full: bool) -> list[Path]:
    path, rows = folder / "table.csv", 1_000_000 if full else 10_000
    random = np.random.default_rng(1)
    with path.open("w") as file:
        file.write(",".join([*(f"x{n}" for n in range(20)), "label"]) + "\n")
        for _ in range(rows // 10_000):
            numbers = np.char.mod("%.4f", random.standard_normal((10_000, 20)))
            labels = random.integers(0, 2, 10_000).astype(str)
            file.writelines(
                f"{','.join(row)},{label}\n" for row, label in zip(numbers, labels, strict=True)
            )
    return [path]


def read_by_arrow(path: Path) -> None:
    for column in csv.read_csv(path).columns:
        column.to_numpy()


def arrays(folder: Path, full: bool) -> list[Path]:
    rows = (LARGE if full else LARGE // 100) // (64 * 64 * 3)
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", dtype=np.uint8, shape=(rows, 64, 64, 3))
    random = np.random.default_rng(1)
    for start in range(0, rows, 10_000):
        part = x[start : start + 10_000]
        part[:] = random.integers(0, 256, part.shape, dtype=np.uint8)
    x.flush()
    np.save(folder / "y.npy", np.arange(rows) % 2)
    return [folder / "x.npy", folder / "y.npy"]


def copied(path: Path) -> None:
    shutil.copyfile(path, path.with_suffix(".copy"))
    path.with_suffix(".copy").unlink()


KINDS = {
    "2,000 photos of 120 KB": Kind(photos, decoded, 0.9),
    "CSV of 1,000,000 x 20": Kind(table, read_by_arrow, 0.5),
    "2 GB of NPY": Kind(arrays, copied, 0.5),
}


def measured(kind: Kind, rounds: int, full: bool) -> Json:
    """Seconds of both sides, and how fast the import is beside the other."""
    imports, least = [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        files = kind.make(folder, full)
        for _ in range(rounds):
            began = time.perf_counter()
            kind.least(files[0])
            least.append(time.perf_counter() - began)
            target = folder / "target"
            target.mkdir()
            began = time.perf_counter()
            import_files(files, target, Settings(min_free_bytes=0))
            imports.append(time.perf_counter() - began)
            shutil.rmtree(target)
        size = files[0].stat().st_size
    found: Json = {"bytes": size, "seconds": setting.spread(imports)}
    found["seconds_of_the_least"] = setting.spread(least)
    found["share"] = found["seconds_of_the_least"]["median"] / found["seconds"]["median"]
    return found


def until_ready() -> tuple[str, list[float]]:
    """What was uploaded, and the seconds from each answer to its dataset."""
    found = []
    with tempfile.TemporaryDirectory() as place, Service(threads=1) as service:
        own = pictures(Path(place))
        parts = [("file", (path.name, path.read_bytes())) for path in own.files]
        for _ in range(UPLOADS):
            answer = service.http.post("/v1/datasets", files=parts).raise_for_status()
            began, dataset = time.perf_counter(), answer.headers["location"]
            while service.http.get(dataset).json()["state"] == "importing":
                time.sleep(0.01)
            found.append(time.perf_counter() - began)
            service.http.delete(dataset).raise_for_status()
    return own.name, found


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=3).parse_args()
    rounds = 1 if asked.quick else asked.rounds
    if not asked.quick:
        setting.wait_for_quiet()
    found: Json = {}
    with setting.Strangers() as strangers:
        for name, kind in KINDS.items():
            found[name] = one = measured(kind, rounds, not asked.quick)
            seconds, least = one["seconds"]["median"], one["seconds_of_the_least"]["median"]
            print(f"{name:22} {seconds:7.2f} s, the least {least:7.2f} s: {one['share']:.2f} "
                  f"(at least {kind.floor})", flush=True)  # fmt: skip
        name, waits = until_ready()
    ready = {"what": name, "seconds": setting.spread(waits)}
    print(f"{name} are ready after {ready['seconds']['median']:.2f} s (at most {READY_S} s)")
    if asked.quick:
        return 0
    about = {"rounds": rounds, "cores_that_others_used": strangers.cores}
    setting.save("imports", {**about, "kinds": found, "ready": ready})
    kept = all(found[name]["share"] >= kind.floor for name, kind in KINDS.items())
    return int(not kept or ready["seconds"]["median"] > READY_S)


if __name__ == "__main__":
    sys.exit(main())
