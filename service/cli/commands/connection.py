"""The way from a command to the service, and from the service's refusals to exit codes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from service.cli.terminal import complain

if TYPE_CHECKING:
    from purrceptron import Failed, Refused
    from service.cli.client import Client

URL = "http://127.0.0.1:8000"
REFUSED = 1
UNREACHABLE = 3


@contextmanager
def connected() -> Iterator[Client]:
    """A client of the service at PURR_URL; what it raises ends the command with its exit code."""
    with complaining(), _client() as client:
        yield client


@contextmanager
def complaining() -> Iterator[None]:
    """Turns what a client raises into a complaint and the command's exit code."""
    from purrceptron import Failed, Refused, Stranger, Unreachable

    try:
        yield
    except (Failed, Refused) as error:
        complain_of(error)
        raise typer.Exit(REFUSED) from error
    except (Stranger, Unreachable) as error:
        complain(_advised(str(error)))
        raise typer.Exit(UNREACHABLE) from error


def complain_of(error: Failed | Refused) -> None:
    # Where places are named, the problem's own sentence only repeats what is wrong there.
    places = getattr(error, "faults", ())
    lines = [f"{place}: {detail}" if place else detail for place, detail in places]
    for line in lines or [_advised(error.detail)]:
        complain(f"{line} ({error.code})")


def _advised(said: str) -> str:
    """What the library says, with what to do in the place of its questions."""
    from purrceptron.errors import RIGHT_ADDRESS, RUNNING

    start = "Start the service with `purr up`, or say in PURR_URL where it runs."
    return said.replace(RUNNING, start).replace(RIGHT_ADDRESS, "Check PURR_URL.")


def _client() -> Client:
    from service.cli.client import Client

    try:
        return Client(os.environ.get("PURR_URL") or URL, os.environ.get("PURR_API_KEY"))
    except ValueError as error:
        complain(f"{error} See PURR_URL and PURR_API_KEY.")
        raise typer.Exit(UNREACHABLE) from error
