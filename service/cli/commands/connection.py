"""The way from a command to the service, and from the service's refusals to exit codes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from service.cli.answers import ApiError, Unreachable
from service.cli.terminal import complain

if TYPE_CHECKING:
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
    try:
        yield
    except ApiError as error:
        complain_of(error)
        raise typer.Exit(REFUSED) from error
    except Unreachable as error:
        complain(str(error))
        raise typer.Exit(UNREACHABLE) from error


def complain_of(error: ApiError) -> None:
    # Where places are named, the problem's own sentence only repeats what is wrong there.
    lines = [f"{place}: {detail}" if place else detail for place, detail in error.errors]
    for line in lines or [error.detail]:
        complain(f"{line} ({error.code})")


def _client() -> Client:
    from service.cli.client import Client

    return Client(os.environ.get("PURR_URL") or URL, os.environ.get("PURR_API_KEY"))
