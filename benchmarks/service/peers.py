"""How many pictures a second the service answers on one core, beside LitServe and BentoML on the
same core with the same decoder and the same network; and how many two API processes answer.

Kept connections, 16 and 64, ask from another core, with a JPEG of about 20 KB and one of about 90
KB, turn by turn. The peers are installed apart, where `--peers` says:

    python3 -m venv FOLDER && FOLDER/bin/pip install litserve bentoml numpy pillow

Needs two cores; of two, the second API process shares its core with those who ask.
"""

import base64
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np

from benchmarks import setting
from benchmarks.running_service import Service
from benchmarks.service import peer_work
from benchmarks.service.one_core import (
    SERVED,
    SIZES,
    answered,
    keep_to_a_core,
    path_of,
    photo,
    publish,
    tensors_of,
)
from worker.jsontypes import Json
from worker.store.store import Store

CONNECTIONS = (16, 64)
SECONDS, UP_S = 2.0, 60.0
FASTER, TWO = 2.0, 1.8  # times a peer, and times one process
DIFFERENCE = 1e-6  # between their answers
OURS, TWO_PROCESSES = "service", "two processes"
COMMANDS = {
    "litserve": ("python", "-m", "benchmarks.service.peer_litserve"),
    "bentoml": ("bentoml", "serve", "benchmarks.service.peer_bentoml:Pictures"),
}


class Subject(NamedTuple):
    """A server: where it is asked, and whether it takes pictures in JSON."""

    port: int
    path: str
    in_json: bool = False


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=3)
    parser.add_argument("--peers", type=Path, help="the environment that has LitServe and BentoML")
    given = parser.parse_args()
    rounds, seconds = (1, 0.3) if given.quick else (given.rounds, SECONDS)
    keep_to_a_core()
    with ExitStack() as stack, setting.Strangers() as strangers:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(Service(1))
        publish(Store(service.folder))
        subjects = {
            OURS: Subject(stack.enter_context(api_processes(service, 1)), path_of()),
            TWO_PROCESSES: Subject(stack.enter_context(api_processes(service, 2)), path_of()),
        }
        for name in there(given.peers):
            port = stack.enter_context(peer(name, given.peers, folder))
            subjects[name] = Subject(port, "/predict", in_json=name == "litserve")
        found = {
            f"{size}, {connections} connections": measured(
                subjects, folder, size, connections, rounds, seconds
            )
            for size in SIZES
            for connections in CONNECTIONS
        }
    if not given.quick:
        about = {"seconds": seconds, "cores_that_others_used": strangers.cores, "asked": found}
        setting.save("peers", about)
    return int(not given.quick and not all(map(is_enough, found.values())))


def there(peers: Path | None) -> list[str]:
    """The peers that are installed; of the others it is said that they are not."""
    found = []
    for name in COMMANDS:
        if peers is not None and any(peers.glob(f"lib/python*/site-packages/{name}/__init__.py")):
            found.append(name)
        else:
            print(f"{name} is not measured: it is not in --peers {peers or '…'}.", flush=True)
    return found


@contextmanager
def api_processes(service: Service, count: int) -> Iterator[int]:
    """So many on one socket, as the launcher starts its one, each on a core: their port."""
    known = Path(f"/proc/{service.process('api')}/environ").read_bytes().decode()
    environment = dict(line.split("=", 1) for line in known.split("\0") if "=" in line)
    cores = [SERVED, *sorted(set(range(os.cpu_count() or 1)) - {SERVED})]
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
        command = [sys.executable, "-m", "service", "--fd", str(listener.fileno())]
        processes = [
            subprocess.Popen(
                command,
                env=environment,
                pass_fds=[listener.fileno()],
                preexec_fn=partial(os.sched_setaffinity, 0, {cores[number]}),
                stderr=subprocess.DEVNULL,
                cwd=setting.ROOT,
                start_new_session=True,
            )
            for number in range(count)
        ]
        with ended(processes):
            port = listener.getsockname()[1]
            up(port, "/livez")
            yield port


@contextmanager
def peer(name: str, peers: Path, folder: Path) -> Iterator[int]:
    """A server of somebody else, on the core that is measured: its port."""
    weights = folder / "weights.npz"
    np.savez(weights, **tensors_of())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {peer_work.WEIGHTS: str(weights), peer_work.PORT: str(port)}
    more |= {"PYTHONPATH": str(setting.ROOT), "BENTOML_HOME": str(folder / "bentoml")}
    more |= {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_PORT": str(port), "BENTOML_HOST": "127.0.0.1"}
    program, *arguments = COMMANDS[name]
    process = subprocess.Popen(
        [str(peers / "bin" / program), *arguments],
        env={**setting.environment(1), **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=setting.ROOT,
        start_new_session=True,
    )
    with ended([process]):
        up(port, "/")
        yield port


@contextmanager
def ended(processes: Sequence["subprocess.Popen[bytes]"]) -> Iterator[None]:
    """Ends these, and what they have started, when the block is over; each leads a session."""
    try:
        yield
    finally:
        for how in (signal.SIGTERM, signal.SIGKILL):
            for process in processes:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, how)
            for process in processes:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(20)


def up(port: int, path: str) -> None:
    """Returns once there is an answer of any kind."""
    until = time.monotonic() + UP_S
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
            return
        time.sleep(0.2)
    raise RuntimeError(f"Expected a server on port {port} within {UP_S:g} s, found none.")


def measured(
    subjects: dict[str, Subject],
    folder: Path,
    size: str,
    connections: int,
    rounds: int,
    seconds: float,
) -> Json:
    """The rate and the 99th percentile of each in every round."""
    picture = photo(folder, size)
    in_json = picture.with_suffix(".json")
    in_json.write_text(json.dumps({"image": base64.b64encode(picture.read_bytes()).decode()}))
    bodies = {name: in_json if at.in_json else picture for name, at in subjects.items()}
    check_same(subjects, bodies)
    rates: dict[str, list[float]] = {name: [] for name in subjects}
    tails: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, at in subjects.items():
            found = answered(at.port, at.path, bodies[name], connections, seconds)
            rates[name].append(len(found) / seconds)
            tails[name].append(statistics.quantiles(found, n=100)[98])
    about: Json = {"bytes": picture.stat().st_size}
    for name in subjects:
        rate, tail = setting.spread(rates[name]), setting.spread(tails[name])
        about[name] = {"answers_per_s": rate, "p99_ms": tail}
        low, high = rate["quartiles"]
        times = statistics.median(rates[OURS]) / rate["median"]
        print(
            f"{size}, {connections} connections: {name} {rate['median']:.0f}/s [{low:.0f}, "
            f"{high:.0f}], p99 {tail['median']:.0f} ms; the service {times:.2f} times",
            flush=True,
        )
    return about


def check_same(subjects: dict[str, Subject], bodies: dict[str, Path]) -> None:
    """Check that all say the same of a picture.

    Raises:
        RuntimeError: one does other work.
    """
    said = {}
    for name, at in subjects.items():
        kind = "application/json" if at.in_json else "image/jpeg"
        answer = httpx.post(
            f"http://127.0.0.1:{at.port}{at.path}",
            content=bodies[name].read_bytes(),
            headers={"Content-Type": kind},
            trust_env=False,
            timeout=30,
        )
        told = answer.raise_for_status().json()
        said[name] = told.get("predictions", [told])[0]["probabilities"]["cat"]
    if max(said.values()) - min(said.values()) > DIFFERENCE:
        raise RuntimeError(f"Expected the same answer of all, got {said}.")


def is_enough(about: Json) -> bool:
    """Whether the service is as much faster as it is meant to be, at no worse 99th percentile."""
    ours = about[OURS]
    twice = about[TWO_PROCESSES]["answers_per_s"]["median"]
    others = [about[name] for name in COMMANDS if name in about]
    return twice >= TWO * ours["answers_per_s"]["median"] and all(
        ours["answers_per_s"]["median"] >= FASTER * other["answers_per_s"]["median"]
        and ours["p99_ms"]["median"] <= other["p99_ms"]["median"]
        for other in others
    )


if __name__ == "__main__":
    sys.exit(main())
