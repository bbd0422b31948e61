"""A real MLflow server, and what its own client finds there of a job that a real worker trained."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from service.launcher.launcher import Launcher
from service.settings import ServiceSettings
from tests.service.api import Api
from tests.worker.data.making import pictures
from worker.jsontypes import Json

# Apart from this environment, since it is large; `make boards` installs it and runs these.
PLACE = Path(__file__).parents[3] / ".venv-boards" / "bin"
SCRIPT = Path(__file__).with_name("seen_by_mlflow.py")
PATIENCE_S = 300

pytestmark = [
    pytest.mark.skipif(not PLACE.is_dir(), reason="needs MLflow: make boards"),
    pytest.mark.timeout(1_200),
]


@contextmanager
def mlflow_at(folder: Path) -> Iterator[tuple[str, int]]:
    """The address of a server that keeps all in this folder, and the group of its processes."""
    port = free_port()
    store, files = f"sqlite:///{folder}/mlflow.db", f"{folder}/artifacts"
    kept = ["--backend-store-uri", store, "--artifacts-destination", files]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (folder / "mlflow.log").open("ab") as log:
        process = subprocess.Popen(
            [PLACE / "mlflow", "server", *kept, *where],
            stdout=log, stderr=log, cwd=folder, start_new_session=True,
            env={"PATH": f"{PLACE}:{os.environ['PATH']}", "HOME": str(folder)},
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, trust_env=False, timeout=5) as http:
            until(lambda: answers(http))
        yield address, process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health").is_success
    except httpx.HTTPError:
        return False


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"it did not come true within {PATIENCE_S} s"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, drawings: list[Path]) -> Json:
    """What MLflow's client sees of a job that ended while MLflow answered nobody."""
    folder, rows = tmp_path_factory.mktemp("boards"), pictures(4, side=64)
    np.save(folder / "rows.npy", rows)
    with mlflow_at(folder) as (address, group):
        settings = ServiceSettings(
            port=0,
            data_dir=folder / "data",
            min_free_bytes=0,
            worker_threads=1,
            mlflow_tracking_uri=address,
        )
        with Launcher(settings) as running, Api.at(running.address) as api:
            dataset = api.upload(drawings)["id"]
            os.killpg(group, signal.SIGSTOP)
            job = api.train(dataset=dataset, model="drawn", epochs=30, validation_fraction=0.2)
            os.killpg(group, signal.SIGCONT)
            until(lambda: "purr_mlflow_pending 0.0" in api.http.get("/metrics").text)
            asked = {"rows": rows.reshape(4, -1).tolist()}
            answer = api.http.post("/v1/models/drawn/predict", json=asked).raise_for_status()
            epochs = api.http.get(f"/v1/jobs/{job['id']}/metrics").json()["data"]
        given = address, job["id"], "drawn", str(folder / "rows.npy")
        told = subprocess.run([PLACE / "python", SCRIPT, *given], capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
    found: Json = json.loads(told.stdout.splitlines()[-1])
    return found | {"job": job, "answer": answer.json()["predictions"], "epochs": epochs}


def test_it_is_one_run_with_the_times_of_the_job(seen: Json) -> None:
    job = seen["job"]
    times = [datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at")]
    assert (seen["name"], seen["status"]) == ("drawn-1", "FINISHED")
    assert seen["times"] == [round(time.timestamp() * 1000) for time in times]


def test_every_epoch_is_there(seen: Json) -> None:
    assert seen["history"] == [[row["epoch"], row["loss"]] for row in seen["epochs"]]
    assert len(seen["history"]) == 30


def test_what_was_measured_of_the_model_is_there(seen: Json) -> None:
    test = seen["job"]["result"]["test"]
    measured = [seen["metrics"][f"result/test_{name}"] for name in ("loss", "accuracy")]
    assert measured == [test["loss"], test["accuracy"]]


def test_the_spec_is_its_parameters(seen: Json) -> None:
    spec = seen["job"]["spec"]
    assert seen["params"]["optimizer.kind"] == spec["optimizer"]["kind"]
    assert seen["params"]["epochs"] == "30"
    assert seen["tags"]["purrceptron.job_id"] == seen["job"]["id"]


def test_the_model_is_loaded_and_answers_as_the_service_does(seen: Json) -> None:
    named = [dict(zip(seen["classes"], row, strict=True)) for row in seen["probabilities"]]
    for ours, theirs in zip(seen["answer"], named, strict=True):
        assert theirs == pytest.approx(ours["probabilities"], abs=1e-4)
    assert seen["onnx"] == "ModelProto"


def test_it_is_a_version_of_a_registered_model(seen: Json) -> None:
    assert seen["versions"] == [["drawn", {"purrceptron.version": "1"}]]
    assert {"bundle.zip", "spec.json", "model/MLmodel", "model/model.onnx"} < {*seen["files"]}
