"""A real worker with a Redis and a store that no other test touches."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from service.launcher.valkey import Valkey
from tests.conftest import short_folder
from worker.jobs.redis_connection import connect
from worker.jobs.transitions import Transitions, open_records
from worker.store.store import Store


@dataclass(frozen=True)
class Own:
    """What surrounds the worker: `raw` is a client as RQ wants it, `log` what the worker said."""

    process: "subprocess.Popen[bytes]"
    raw: redis.Redis
    records: dict[str, Transitions]
    store: Store
    log: Path

    def alive(self) -> bool:
        return self.process.poll() is None


@contextmanager
def own_worker(
    *module: str, before: Callable[[redis.Redis], None] = lambda raw: None, **settings: object
) -> Iterator[Own]:
    """`python -m` this, until the block ends; then it must end by itself when it is told to.

    Args:
        before: what is to be done to Redis before it begins.
        settings: by their names, beside where its Redis and its store are.
    """
    for folder in short_folder():
        valkey, log = Valkey(folder / "redis", folder / "valkey.log"), folder / "worker.log"
        valkey.start()
        env = os.environ | {
            "PURR_REDIS_URL": valkey.url,
            "PURR_DATA_DIR": str(folder / "data"),
            "PURR_MIN_FREE_BYTES": "0",
            **{f"PURR_{name.upper()}": str(value) for name, value in settings.items()},
        }
        with connect(valkey.url, text=False) as raw:
            before(raw)
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *module], env=env, stdout=output, stderr=output
            )
        records, store = open_records(connect(valkey.url)), Store(folder / "data")
        try:
            with connect(valkey.url, text=False) as raw:
                yield Own(process, raw, records, store, log)
            process.terminate()
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            valkey.stop()
