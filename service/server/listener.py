"""The socket that the service listens on, and its address."""

import errno
import resource
import socket
import struct
from contextlib import suppress

from service.launcher.process import CannotStart

# Callers that may wait while the API starts again; the kernel may allow fewer.
BACKLOG = 1024
INFO_BYTES = 28  # of what the system tells of a socket


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket that listens; port 0 is any free one.

    Raises:
        CannotStart: the system refuses, as where the port is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        advice = "name another one with --port or PURR_PORT, 0 for any free one"
        if error.errno == errno.EADDRINUSE:
            advice = f"stop the program that has it, or {advice}"
        # Python adds the address, which the message has already.
        reason = str(error.strerror).partition(" (while")[0]
        raise CannotStart(
            f"Port {port} of {host} was to be listened on, and the system says {reason}: {advice}."
        ) from error
    # Connections inherit it. Without it the second half of an answer waits, on a connection that is
    # used again, until the caller has said that the first one came: 40 ms. An event loop sets it
    # only where a socket names its protocol, which this one does not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def waiting(listener: socket.socket) -> int:
    """Returns how many connections wait for being accepted; 0 where the system does not tell."""
    if not hasattr(socket, "TCP_INFO"):
        return 0
    try:
        info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO_BYTES)
    except OSError:  # it is no socket of TCP
        return 0
    # Linux tells it where it has the packets of other sockets that are not acknowledged.
    (found,) = struct.unpack("=24xI", info) if len(info) == INFO_BYTES else (0,)
    return int(found)


def raise_descriptor_limit() -> None:
    """Let this process, and those that it starts, open as many files as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says that there is no limit, and has one
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def address(host: str, port: int) -> str:
    """The URL for callers on this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it binds nothing
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
