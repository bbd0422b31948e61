"""One trace from a request over the worker into the logs of both, as containers run them."""

import json
from pathlib import Path

import httpx
import redis

from service.launcher.valkey import Valkey
from tests.deployment.started import PATIENCE_S, started
from tests.service.wait import wait_until
from tests.worker.working import ready_dataset
from worker.jsontypes import Json
from worker.settings import Settings
from worker.tasks.context import WorkerContext

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TOLD = {"PURR_LOG_FORMAT": "json", "PURR_WORKER_THREADS": "1", "PURR_DEVICE": "cpu"}


def lines(path: Path) -> list[Json]:
    """The log, of which every line is an object."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_api_and_worker_log_one_trace(tmp_path: Path, valkey: Valkey, client: redis.Redis) -> None:
    data = tmp_path / "data"
    context = WorkerContext(Settings(redis_url=valkey.url, data_dir=data, min_free_bytes=0))
    dataset = ready_dataset(context).id
    places = [tmp_path / "api", tmp_path / "worker"]
    for place in places:
        place.mkdir()
        (place / "data").symlink_to(data)
    spec = {"dataset": dataset, "model": "cats", "epochs": 2, "network": {"hidden_units": [4]}}
    with (
        started(["purr", "api"], TOLD, places[0], valkey.url) as api,
        started(["purr", "worker"], TOLD, places[1], valkey.url) as worker,
    ):
        api.says("listening at")
        address = f"http://127.0.0.1:{api.port}"
        with httpx.Client(base_url=address, trust_env=False) as http:
            headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
            job = http.post("/v1/jobs", json=spec, headers=headers).json()["id"]
            wait_until(
                lambda: http.get(f"/v1/jobs/{job}").json()["state"] == "succeeded", PATIENCE_S
            )
    of_api = [line for line in lines(api.log) if line.get("trace_id") == TRACE]
    assert any("POST /v1/jobs 202" in line["message"] for line in of_api)
    assert len({line["span_id"] for line in of_api}) == 1
    of_worker = [line for line in lines(worker.log) if line.get("trace_id") == TRACE]
    assert any("epoch 2 of 2" in line["message"] for line in of_worker)
    spans = {line["span_id"] for line in of_worker}
    assert len(spans) == 1
    assert spans.isdisjoint({SPAN, of_api[0]["span_id"]})
    assert all("trace_id" not in line for line in lines(api.log) if "GET" in line["message"])
