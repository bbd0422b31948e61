"""Has another release write a small data folder, and what it answers, for the releases that follow:
`python -m tests.upgrades.make_store REVISION`."""

import argparse
import json
import os
import re
import signal
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tests.service.api import Api
from tests.service.wait import wait_until
from tests.upgrades.questions import asked, questions, weights_of
from tests.upgrades.release import Release, git
from worker.jsontypes import Json
from worker.store.kept_checkpoints import epoch_of
from worker.tasks.environment import environment

STORES = Path(__file__).parent / "stores"
SIDE = 8  # pixels of a picture
SETTINGS: Json = {
    "port": 0,
    "min_free_bytes": 0,
    "checkpoint_s": 0,
    "worker_threads": 1,
    "export_models": "false",
    "trash_days": 3650,  # else it would be empty one day
}
DENSE: Json = {"network": {"hidden_units": [8]}, "epochs": 30, "batch_size": 8}
PICTURES: Json = {
    "network": {"kind": "convolutional", "blocks": [{"filters": 4}], "hidden_units": [4]},
    "epochs": 4,
    "batch_size": 8,
}
LONG: Json = {
    "network": {"hidden_units": [16], "dropout": 0.2},
    "validation_fraction": 0.25,
    "epochs": 250,
    "batch_size": 4,
}
LEFT_OUT = re.compile(r"logs|lock|compiling|cuda|redis/valkey\.(conf|sock)|redis/set-aside")


def uploads(folder: Path) -> tuple[list[Path], Path]:
    """Returns small pictures of two classes as arrays, and a table."""
    drawn = np.random.default_rng(1)
    y = np.arange(48) % 2
    x = drawn.integers(0, 128, (len(y), SIDE, SIDE, 3), dtype=np.uint8)
    x[y == 1, : SIDE // 2] += 90
    files = [folder / "x.npy", folder / "y.npy"]
    np.save(files[0], x)
    np.save(files[1], y)
    rows = ["age,colour,weight,label"]
    for number in range(60):
        kind = ("cat", "dog", "hen")[number % 3]
        weight = 3 + 4 * (number % 3) + drawn.random()
        rows.append(f"{number % 14},{('red', 'blue')[number % 2]},{weight:.2f},{kind}")
    table = folder / "table.csv"
    table.write_text("\n".join(rows) + "\n")
    return files, table


def fill(api: Api, folder: Path) -> Json:
    """Have the service do some of all that it can do. Returns the ids that matter."""
    files, table = uploads(folder)
    pictures = api.upload(files)["id"]
    columns = api.upload([table], "table")["id"]
    edits = {"drop": [{"split": "train", "row": 0}], "rename_class": {"1": "bright"}}
    version = api.http.post(f"/v1/datasets/{pictures}/versions", json=edits).json()["id"]
    api.poll(f"/v1/datasets/{version}", lambda body: body["state"] == "ready")
    for model, dataset, spec in (
        ("cats", pictures, DENSE),
        ("cats", version, {**DENSE, "epochs": 40}),
        ("cats", pictures, {**DENSE, "seed": 3}),
        ("seen", pictures, PICTURES),
        ("animals", columns, DENSE),
        ("twin", pictures, LONG),
    ):
        api.train(dataset=dataset, model=model, notes=f"for {model}", tags=["small"], **spec)
    for alias, version_number in (("tested", 2), ("champion", 1)):
        to = {"version": version_number, "force": True, "reason": "It is the first."}
        api.http.put(f"/v1/models/cats/aliases/{alias}", json=to).raise_for_status()
    api.http.delete("/v1/models/cats/versions/3").raise_for_status()
    scoring = api.http.post("/v1/predictions", json={"model": "cats", "dataset": pictures})
    found = api.poll(scoring.headers["location"], lambda body: body["state"] == "succeeded")
    paused = api.submit(dataset=pictures, model="paused", **{**LONG, "epochs": 10**6})["id"]
    api.poll(f"/v1/jobs/{paused}", lambda body: body["state"] == "running")
    api.http.post(f"/v1/jobs/{paused}/pause").raise_for_status()
    api.poll(f"/v1/jobs/{paused}", lambda body: body["state"] == "paused")
    return {"pictures": pictures, "table": columns, "version": version, "paused": paused,
            "scoring": found["id"], "twin": weights_of(folder / "data", "twin")}  # fmt: skip


def interrupted(api: Api, data: Path, pictures: str) -> str:
    """Returns the id of a job like the twin, which is in the middle of it."""
    job = str(api.submit(dataset=pictures, model="unfinished", **LONG)["id"])
    kept = data / "jobs" / job / "checkpoints"
    wait_until(lambda: any(epoch_of(path) > 40 for path in kept.glob("*.safetensors")))
    return job


@contextmanager
def running(release: Release, data: Path) -> Iterator[Api]:
    """The whole service of a release; it is killed at the end, as by a power cut."""
    log = data.with_suffix(".log")
    process = release.up(log=log, data_dir=data, **SETTINGS)
    try:
        wait_until(lambda: b"is up at" in log.read_bytes(), 600)
        (address,) = re.findall(r"is up at (\S+)", log.read_text())
        with Api.at(address) as api:
            yield api
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(2)  # Valkey is asked to end when the launcher is gone


def pack(data: Path, final: Path) -> None:
    """Put a data folder into an archive, without what each start makes anew."""

    def kept(entry: tarfile.TarInfo) -> Any:
        below = entry.name.partition("/")[2]
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return None if LEFT_OUT.match(below) else entry

    with tarfile.open(final, "w:xz") as archive:
        archive.add(data, "data", filter=kept)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrades.make_store")
    parser.add_argument("revision", help="of the release, as git knows it")
    revision = git("rev-parse", "--short=8", parser.parse_args(arguments).revision).decode().strip()
    with tempfile.TemporaryDirectory(prefix="purr-", dir="/tmp") as scratch:
        folder, data = Path(scratch), Path(scratch) / "data"
        with running(Release(folder / "tree", revision), data) as api:
            ids = fill(api, folder)
            ids["unfinished"] = interrupted(api, data, ids["pictures"])
            said = [asked(api.http, question) for question in questions(ids, uploads(folder))]
        about = {"revision": revision, "ids": ids, "said": said}
        about["environment"] = environment({"kind": "cpu", "name": None})
        pack(data, STORES / f"{revision}.tar.xz")
        (STORES / f"{revision}.json").write_text(json.dumps(about) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
