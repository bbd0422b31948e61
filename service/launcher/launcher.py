"""The whole service on one machine: what `purr up` starts, watches and stops."""

import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Self

import httpx

from service.launcher.compilation import announced, ended_early, finish
from service.launcher.data_folder import DataFolder
from service.launcher.log_files import tail
from service.launcher.process import CannotStart, Child
from service.launcher.shares import memory_each, threads_each
from service.launcher.store import fit_store
from service.launcher.supervisor import Supervisor
from service.launcher.valkey import Valkey
from service.server.listener import address, listen, raise_descriptor_limit
from service.settings import ServiceSettings, environment
from worker.nn.engines.cpu.cache import cuda_place, missing
from worker.settings import Settings
from worker.system.kernel_folder import claim

# What each kind of process runs, after `python`; the API's also gets the socket: `--fd N`.
COMMANDS: Mapping[str, Sequence[str]] = {
    "api": ("-m", "service"),
    "train": ("-m", "worker", "train"),
    "import": ("-m", "worker", "import"),
    "kernels": ("-m", "worker", "kernels"),
}
# Open event streams get the API's own ten seconds, jobs half a minute for a checkpoint.
API_GRACE_S = 15.0
WORKER_GRACE_S = 30.0
VALKEY_GRACE_S = 10.0


class Launcher:
    """Valkey, the workers and the API, kept running until they are stopped in reverse order.

    `address` is where the API answers; `supervisor` has the processes; `_undo` holds, in order,
    how to give back the folder and the port and how to stop the processes.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        commands: Mapping[str, Sequence[str]] = COMMANDS,
        *,
        ready_within_s: float = 60.0,
    ) -> None:
        places = {"data_dir": settings.data_dir, "kernel_dir": settings.kernel_dir}
        absolute = {name: place.absolute() for name, place in places.items()}
        self.settings = settings.model_copy(update=absolute)
        self.commands, self.ready_within_s = commands, ready_within_s
        self.supervisor = Supervisor()
        self.address = ""
        self._undo = ExitStack()

    def start(self, until: threading.Event | None = None) -> None:
        """Start everything. When this returns, it is ready, or the event was set.

        Raises:
            CannotStart: a part of it does not come up.
        """
        try:
            until = until or threading.Event()
            self._put_up(until)
            self._wait_for("/readyz", until)
        except BaseException:
            self.stop()
            raise

    def watch(self, until: threading.Event) -> None:
        """Start again what dies, until the event is set."""
        self.supervisor.watch(until)

    def stop(self) -> None:
        """Take down what was put up, last things first; no process of it remains."""
        self._undo.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _put_up(self, until: threading.Event) -> None:
        raise_descriptor_limit()
        folder = self._undo.enter_context(DataFolder(self.settings.data_dir))
        self._undo.enter_context(fit_store(self.settings.data_dir))
        # Open here, so that callers wait rather than fail while the API starts again.
        listener = self._undo.enter_context(listen(self.settings.host, self.settings.port))
        port = listener.getsockname()[1]
        self.address = address(self.settings.host, port)
        folder.note(self.address)
        kernels_wanted = self._kernels_wanted()
        redis_url = self.settings.redis_url or self._start_valkey(folder)
        given = {"port": port, "redis_url": redis_url, "max_job_bytes": memory_each(self.settings)}
        settings = self.settings.model_copy(update=given)
        trainers = self._workers("train", settings.workers, settings)
        importers = self._workers("import", settings.import_workers, settings)
        # The API starts before the workers, and stops before them too.
        self._undo.callback(self.supervisor.stop, [*trainers, *importers], WORKER_GRACE_S)
        with announced(settings.data_dir) if kernels_wanted else nullcontext():
            self._keep([self._api(settings, listener.fileno())], API_GRACE_S)
            self._start(importers)
            if kernels_wanted:
                self._compile_kernels(settings, until)
        if not until.is_set():
            self._start(trainers)

    def _kernels_wanted(self) -> bool:
        try:
            claim(self.settings.kernel_dir)
        except OSError as error:
            raise CannotStart(str(error)) from error
        return "kernels" in self.commands and bool(missing(self.settings.kernel_dir))

    def _compile_kernels(self, settings: ServiceSettings, until: threading.Event) -> None:
        """Before workers that train start, or each of them would."""
        child = self._child("kernels", self._worker_environment(settings))
        child.start()
        try:
            self._wait_for("/livez", until)
            finish(child, self.supervisor, until)
        finally:
            self.supervisor.stop([child], 0)

    def _start_valkey(self, folder: DataFolder) -> str:
        # With the lock inherited, nobody else can open its files while it lives.
        fds = [folder.descriptor]
        valkey = Valkey(
            self.settings.redis_dir,
            self._log("valkey"),
            fds=fds,
            max_bytes=self.settings.redis_max_bytes,
            set_aside_bytes=self.settings.min_free_bytes // 4,
        )
        valkey.configure()
        self._keep([valkey.child], VALKEY_GRACE_S)
        valkey.wait_until_ready()
        self.supervisor.chores.append(valkey.keep_reserve)
        return valkey.url

    def _keep(self, children: Sequence[Child], grace_s: float) -> None:
        self._undo.callback(self.supervisor.stop, children, grace_s)
        self._start(children)

    def _start(self, children: Sequence[Child]) -> None:
        for child in children:
            self.supervisor.keep(child)

    def _workers(self, kind: str, count: int, settings: ServiceSettings) -> list[Child]:
        env = self._worker_environment(settings)
        return [self._child(f"{kind}-{n}", env) for n in range(1, count + 1)]

    def _worker_environment(self, settings: ServiceSettings) -> dict[str, str]:
        threads = {"worker_threads": threads_each(settings)}
        told = environment(settings.model_copy(update=threads), Settings)
        return inherited() | cuda_place(settings.data_dir) | told

    def _api(self, settings: ServiceSettings, listener: int) -> Child:
        env = inherited() | environment(settings, ServiceSettings)
        return self._child("api", env, fds=[listener], arguments=["--fd", str(listener)])

    def _child(
        self,
        name: str,
        env: Mapping[str, str],
        *,
        fds: Sequence[int] = (),
        arguments: Sequence[str] = (),
    ) -> Child:
        kind, _, _ = name.partition("-")
        # -P: a folder called `service` or `worker` where the user stands is not ours.
        command = [sys.executable, "-P", *self.commands[kind], *arguments]
        return Child(name, command, self._log(name), env=env, fds=fds)

    def _log(self, name: str) -> Path:
        return self.settings.data_dir / "logs" / f"{name}.log"

    def _wait_for(self, path: str, until: threading.Event) -> None:
        """Wait until the API answers a GET of this path with 200, or the event is set.

        Raises:
            CannotStart: a process has ended, or the API does not answer in time.
        """
        deadline = time.monotonic() + self.ready_within_s
        # Not through a proxy that the environment names: this is our own machine.
        with httpx.Client(base_url=self.address, timeout=1, trust_env=False) as client:
            while not until.is_set():
                if dead := self.supervisor.dead():
                    raise ended_early(dead[0])
                if not (complaint := complaint_of(client, path)):
                    return
                if time.monotonic() > deadline:
                    raise self._never_ready(path, complaint)
                until.wait(0.02)

    def _never_ready(self, path: str, complaint: str) -> CannotStart:
        log = self._log("api")
        return CannotStart(
            f"GET {self.address}{path} was to answer 200 within {self.ready_within_s:g} seconds, "
            f"and says {complaint}: look into the logs in {log.parent}. The end of {log.name}:\n"
            f"{tail(log)}"
        )


def complaint_of(client: httpx.Client, path: str) -> str:
    """What keeps the service from answering there with 200, "" when nothing does."""
    try:
        answer = client.get(path)
    except httpx.HTTPError as error:
        return repr(error)
    return "" if answer.status_code == 200 else f"{answer.status_code} {answer.text[:500]}"


def inherited() -> dict[str, str]:
    """This process's environment less the settings, of which every child gets its own: so workers
    have no key of MLflow."""
    names = [name for name in os.environ if not name.upper().startswith(("PURR_", "MLFLOW_"))]
    return {name: os.environ[name] for name in names}
