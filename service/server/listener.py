"""The socket that the service listens on, and its address."""

import errno
import resource
import socket
from contextlib import suppress

from service.launcher.process import CannotStart

# Callers that may wait while the API starts again; the kernel may allow fewer.
BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket that listens; port 0 is any free one.

    Raises:
        CannotStart: the system refuses, as where the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        advice = "name another one with --port or PURR_PORT, 0 for any free one"
        if error.errno == errno.EADDRINUSE:
            advice = f"stop the program that has it, or {advice}"
        # Python adds the address, which the message has already.
        reason = str(error.strerror).partition(" (while")[0]
        raise CannotStart(
            f"Port {port} of {host} was to be listened on, and the system says {reason}: {advice}."
        ) from error


def raise_descriptor_limit() -> None:
    """Let this process, and those that it starts, open as many files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says that there is no limit, and has one
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def address(host: str, port: int) -> str:
    """The URL for callers on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it binds nothing
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
