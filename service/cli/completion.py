"""What a shell may complete: names and ids, as the service has them at this moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, islice
from threading import Thread
from typing import TYPE_CHECKING

from service.cli.names import JOB_ID

if TYPE_CHECKING:
    from purrceptron import Client

MOST = 100  # of a kind, the newest
WITHIN_S = 1.0  # somebody waits with a finger on the key
# What a shell takes as it is: a name may have been given by somebody who means harm.
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def jobs(incomplete: str) -> list[str]:
    """Ids of jobs, and models, each of which stands for the newest job that trains it."""
    if incomplete.startswith(JOB_ID):
        return _known(incomplete, _jobs)
    return _known(incomplete, lambda client: chain(_models(client), _jobs(client)))


def models(incomplete: str) -> list[str]:
    return _known(incomplete, _models)


def datasets(incomplete: str) -> list[str]:
    """Names of datasets, and their ids."""
    return _known(incomplete, _datasets)


def _jobs(client: Client) -> Iterator[str]:
    return (job.id for job in islice(client.jobs.list(), MOST))


def _models(client: Client) -> Iterator[str]:
    return (model.name for model in islice(client.models.list(), MOST))


def _datasets(client: Client) -> Iterator[str]:
    known = [*islice(client.datasets.list(), MOST)]
    return chain((each.name for each in known), (each.id for each in known))


def _known(incomplete: str, ask: Callable[[Client], Iterator[str]]) -> list[str]:
    """The names that begin so; none where the service does not tell them at once."""
    from purrceptron import Client, PurrError

    found: list[str] = []

    def work() -> None:
        # Whatever is wrong, its place is not in the middle of a line that is being typed.
        with (
            suppress(PurrError, ValueError),
            Client(timeout_s=WITHIN_S, patience_s=0) as client,
        ):
            found.extend(ask(client))

    # It is left behind when the time is over: bytes that trickle in end no wait of their own.
    asking = Thread(target=work, daemon=True)
    asking.start()
    asking.join(WITHIN_S)
    names = [name for name in list(found) if PLAIN.fullmatch(name) and name.startswith(incomplete)]
    return list(dict.fromkeys(names))
