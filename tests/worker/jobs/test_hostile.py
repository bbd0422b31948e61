"""Whatever others put into RQ's keys, a worker goes on: the next good message is heard."""

import json
import pickle
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.conftest import Eventually
from tests.worker.jobs.own import Own, own_worker
from worker.jobs.messages import TASK
from worker.jobs.queue import JobQueue
from worker.jobs.record import FINAL, State, new_id

QUEUE = "rq:queue:train"
Harm = Callable[[redis.Redis, Path], None]


@pytest.fixture(scope="module")
def own() -> Iterator[Own]:
    """The same worker for all tests, so that none of them may have killed it."""
    with own_worker("tests.worker.jobs.hanging") as own:
        yield own


def ours() -> str:
    """An id as our own messages have it, of a record that does not exist."""
    return f"{new_id('job')}-0badcafe"


class Canary:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def hash_of(message: str, **fields: object) -> Harm:
    """Puts a message with these fields on the queue."""

    def put(raw: redis.Redis, canary: Path) -> None:
        values = {"data": b"{}", "origin": "train", "status": "queued", **fields}
        raw.hset(f"rq:job:{message}", mapping=values)  # type: ignore[arg-type]
        raw.rpush(QUEUE, message)

    return put


def call_of(message: str, *call: object) -> Harm:
    """Puts a message on the queue that calls a function which would make the canary."""

    def put(raw: redis.Redis, canary: Path) -> None:
        data = json.dumps(call).replace("CANARY", str(canary)).encode()
        hash_of(message, data=zlib.compress(data))(raw, canary)

    return put


def pickled(message: str) -> Harm:
    def put(raw: redis.Redis, canary: Path) -> None:
        hash_of(message, data=zlib.compress(pickle.dumps(Canary(canary))))(raw, canary)

    return put


def bomb(message: str) -> Harm:
    """100 MB of zeros in 100 kB."""
    return hash_of(message, data=zlib.compress(bytes(100_000_000), 9))


def id_of(name: bytes, key: str = QUEUE) -> Harm:
    def put(raw: redis.Redis, canary: Path) -> None:
        raw.rpush(key, name)

    return put


def no_hash(message: str) -> Harm:
    def put(raw: redis.Redis, canary: Path) -> None:
        raw.set(f"rq:job:{message}", "meow")
        raw.rpush(QUEUE, message)

    return put


def in_registry(key: str, member: bytes) -> Harm:
    def put(raw: redis.Redis, canary: Path) -> None:
        raw.zadd(key, {member: 1})

    return put


def failing(message: str) -> Harm:
    """Fails, and names what to call then."""
    return hash_of(message, data=b'["no.such.Class.method", null, [], {}]',
                   failure_callback_name="os.abort", stopped_callback_name="os.abort",
                   success_callback_name="os.abort")  # fmt: skip


FORGED = {
    "os.system": lambda m: call_of(m, "os.system", None, ["touch CANARY"], {}),
    "subprocess": lambda m: call_of(m, "subprocess.getoutput", None, ["touch CANARY"], {}),
    "eval": lambda m: call_of(m, "builtins.eval", None, ["open('CANARY', 'w')"], {}),
    "method of an instance": lambda m: call_of(m, "format", "{}", [], {}),
    "unknown class": lambda m: call_of(m, "no.such.Class.method", None, [], {}),
    "our function, other arguments": lambda m: call_of(m, TASK, None, [7], {}),
    "pickle": pickled,
    "bomb": bomb,
    "callbacks": failing,
    "no such state": lambda m: hash_of(m, status="asleep"),
    "no time": lambda m: hash_of(m, created_at="yesterday"),
    "no number": lambda m: hash_of(m, timeout="1e9 years", result_ttl="x", retries_left="x"),
    "not even text": lambda m: hash_of(m, origin=b"\xff", description=b"\xfe", worker_name=b"\xff"),
    "another queue": lambda m: hash_of(m, origin="gpu"),
    "no hash": no_hash,
}
STRAY = {
    "not even text": id_of(b"\xff\xfe"),
    "nothing": id_of(b""),
    "a path": id_of(b"../../etc/passwd"),
    "another key": id_of(b"x:y:z"),
    "a megabyte": id_of(b"x" * 1_000_000),
    "no kind of ours": id_of(b"cat_" + b"0" * 32 + b"-00000000"),
    "already taken": id_of(b"\xff", f"{QUEUE}:intermediate"),
    "running": in_registry("rq:wip:train", b"\xff\xfe"),
    "failed": in_registry("rq:failed:train", b"\xff\xfe"),
}
HARMS: dict[str, Harm] = {
    **{f"{name}, a name of its own": make("hostile") for name, make in FORGED.items()},
    **{f"{name}, a name like ours": make(ours()) for name, make in FORGED.items()},
    **{f"stray: {name}": put for name, put in STRAY.items()},
}


def expect_the_next_to_work(own: Own, eventually: Eventually) -> None:
    jobs = own.records["job"]
    record = jobs.create(new_id("job"), {"model": "cats", "quick": True})
    JobQueue(own.raw).enqueue(record)
    eventually(lambda: not own.alive() or jobs.get(record.id).state in FINAL)
    assert own.alive()
    assert jobs.get(record.id).state is State.SUCCEEDED
    eventually(lambda: own.raw.llen(QUEUE) == 0)


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_what_others_put_there_harms_nothing(
    own: Own, tmp_path: Path, harm: Harm, eventually: Eventually
) -> None:
    harm(own.raw, tmp_path / "canary")
    expect_the_next_to_work(own, eventually)
    assert list(tmp_path.iterdir()) == []


def test_what_was_dropped_is_in_the_log(own: Own, tmp_path: Path, eventually: Eventually) -> None:
    id_of(b"a stray cat \xff")(own.raw, tmp_path)
    eventually(lambda: "a stray cat \\xff" in own.log.read_text())
    assert own.alive()


def test_a_worker_that_begins_where_others_have_been_does_not_end_at_once(
    tmp_path: Path, eventually: Eventually
) -> None:
    with own_worker("tests.worker.jobs.hanging", before=lambda raw: put_all(raw, tmp_path)) as own:
        expect_the_next_to_work(own, eventually)
    assert list(tmp_path.iterdir()) == []


def put_all(raw: redis.Redis, folder: Path) -> None:
    for harm in HARMS.values():
        harm(raw, folder / "canary")
