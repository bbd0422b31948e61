"""`purr jobs watch`: a table of jobs that is drawn again and again."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import JobsOf, JobState, OfDataset, Tags
from service.cli.names import named
from service.cli.render.jobs import WATCHED, show_jobs, watched_rows
from service.cli.terminal import watched_table, watches
from worker.jsontypes import Json

if TYPE_CHECKING:
    from service.cli.client import Client

POLL_S = 1.0
MOVING = ("running", "paused", "queued")  # they stand above those that are over


def watch(
    state: JobState = None,
    model: JobsOf = None,
    dataset: OfDataset = None,
    tag: Tags = None,
    limit: Annotated[int, typer.Option(min=1, help="The most that are shown.")] = 50,
) -> None:
    """Watch the jobs until Ctrl-C: those that run first, then the newest. Where output is no
    terminal, print them once."""
    with connected() as client:
        asked: Json = {"model": model, "dataset": named(client, dataset), "tag": tag}
        if not watches():
            show_jobs(jobs_of(client, state, asked, limit))
            return
        try:
            _draw(client, state, asked, limit)
        except KeyboardInterrupt:
            return  # what was drawn last stays


def jobs_of(client: Client, state: str | None, asked: Json, limit: int) -> list[Json]:
    """The jobs of this state; by default those that move, and then the newest."""
    found: dict[str, Json] = {}
    for each in [state] if state else [*MOVING, None]:
        for page in client.jobs(limit, each, **asked):
            for job in page.json["data"]:
                found.setdefault(job["id"], job)
    return [*found.values()][:limit]


def _draw(client: Client, state: str | None, asked: Json, limit: int) -> None:
    with watched_table(WATCHED) as show:
        while True:
            jobs = jobs_of(client, state, asked, limit)
            counted = Counter(job["state"] for job in jobs)
            told = ", ".join(f"{count} {name}" for name, count in counted.items())
            show(watched_rows(jobs), f"{told or 'No jobs'}; Ctrl-C leaves, and all goes on")
            time.sleep(POLL_S)
