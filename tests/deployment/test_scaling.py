"""KEDA counts what waits and what is worked on, in the keys that there really are."""

from pathlib import Path

import pytest
import redis

from service.launcher.valkey import Valkey
from tests.containers import SECRETS
from tests.deployment.kustomize import FOLDER, Document, composed
from tests.deployment.started import PATIENCE_S, started
from tests.service.wait import wait_until
from tests.worker.working import DATASET, ENDLESS, publish_dataset
from worker.jobs.placement import QUEUE_NAMES
from worker.jobs.record import State, new_id
from worker.settings import Settings
from worker.tasks.context import WorkerContext

# As KEDA counts, by the type of what it finds.
COUNTED = """
local kind = redis.call('TYPE', KEYS[1]).ok
return redis.call(kind == 'zset' and 'ZCARD' or 'LLEN', KEYS[1])
"""
WHOLE = composed(FOLDER / "overlays" / "gpu")
SCALED = {
    each["metadata"]["name"]: each["spec"] for each in WHOLE if each["kind"] == "ScaledObject"
}


def wanted(client: redis.Redis, spec: Document) -> int:
    """How many workers KEDA asks for, before the least and the most."""
    found = {}
    for trigger in spec["triggers"]:
        key = trigger["metadata"]["listName"]
        found[trigger["name"]] = client.eval(COUNTED, 1, key)
    modified = spec["advanced"]["scalingModifiers"]
    number = eval(modified["formula"], {"__builtins__": {}}, found)
    return int(number / int(modified["target"]))


def test_each_queue_has_its_scaling() -> None:
    assert sorted(SCALED) == sorted(f"worker-{name}" for name in QUEUE_NAMES)
    for name, spec in SCALED.items():
        keys = [trigger["metadata"]["listName"] for trigger in spec["triggers"]]
        queue = name.removeprefix("worker-")
        assert keys == [f"rq:queue:{queue}", f"rq:wip:{queue}"]


@pytest.mark.parametrize("name", SCALED)
def test_there_is_always_a_worker_and_never_any_number(name: str) -> None:
    spec = SCALED[name]
    assert 1 <= spec["minReplicaCount"] < spec["maxReplicaCount"] <= 8
    assert spec["scaleTargetRef"]["name"] == name


def test_keda_shows_valkey_the_password_at_the_address_of_its_service() -> None:
    (secret,) = (
        e["spec"]["secretTargetRef"] for e in WHOLE if e["kind"] == "TriggerAuthentication"
    )
    assert secret == [{"parameter": "password", "name": "purrceptron", "key": "VALKEY_PASSWORD"}]
    assert "VALKEY_PASSWORD" in SECRETS
    for spec in SCALED.values():
        for trigger in spec["triggers"]:
            assert trigger["authenticationRef"] == {"name": "valkey"}
            assert trigger["metadata"]["address"] == "valkey.purrceptron.svc.cluster.local:6379"


def test_a_job_counts_while_it_waits_and_while_it_is_trained(
    tmp_path: Path, valkey: Valkey, client: redis.Redis
) -> None:
    spec = SCALED["worker-train"]
    folder = tmp_path / "data"
    context = WorkerContext(Settings(redis_url=valkey.url, data_dir=folder, min_free_bytes=0))
    publish_dataset(context.store, DATASET)
    jobs = context.records["job"]
    assert wanted(client, spec) == 0
    for _ in range(3):
        record = jobs.create(new_id("job"), ENDLESS)
        context.store.archive.keep_request(record.id, {"body": ENDLESS})
        context.job_queue.enqueue(record)
    assert wanted(client, spec) == 3
    told = {"PURR_WORKER_THREADS": "1", "PURR_DEVICE": "cpu"}
    with started(["purr", "worker"], told, tmp_path, valkey.url):
        ids = context.job_queue.waiting("job")
        wait_until(lambda: any(jobs.get(job).state is State.RUNNING for job in ids), PATIENCE_S)
        assert client.llen("rq:queue:train") == 2
        assert wanted(client, spec) == 3
        for job in ids:
            jobs.cancel(job)
        wait_until(lambda: wanted(client, spec) == 0)
