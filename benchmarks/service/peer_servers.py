"""The servers that are compared: our API processes, and those of others, installed apart."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import numpy as np

from benchmarks import setting
from benchmarks.running_service import Service
from benchmarks.service import peer_work
from benchmarks.service.one_core import SERVED, path_of, tensors_of

UP_S = 60.0
COMMANDS = {
    "litserve": ("python", "-m", "benchmarks.service.peer_litserve"),
    "bentoml": ("bentoml", "serve", "benchmarks.service.peer_bentoml:Pictures"),
}


class Subject(NamedTuple):
    """A server: where it is asked, its processes, and whether it takes pictures in JSON."""

    port: int
    pids: list[int]
    path: str = "/predict"
    in_json: bool = False


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
def api_processes(service: Service, count: int) -> Iterator[Subject]:
    """So many on one socket, as the launcher starts its one, each on a core."""
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
            yield Subject(port, [process.pid for process in processes], path_of())


@contextmanager
def peer(name: str, peers: Path, folder: Path) -> Iterator[Subject]:
    """A server of somebody else, on the core that is measured."""
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
        yield Subject(port, [process.pid], in_json=name == "litserve")


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
