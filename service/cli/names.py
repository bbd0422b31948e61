"""Names where ids are taken: which dataset, job or webhook somebody means.

Lists come newest first, so the first that fits is the newest.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from service.cli.answers import Answer
from worker.jsontypes import Json

if TYPE_CHECKING:
    from purrceptron import NotFound
    from service.cli.client import Client

DATASET_ID, JOB_ID, WEBHOOK_ID = "ds_", "job_", "msg_"  # how ids begin
CHAMPION = "champion"  # the alias of the version that answers
TRASHED = "trashed"  # the state of datasets that are listed apart


def dataset_id(client: Client, name: str, state: str = "ready") -> str:
    """Returns the id of the newest dataset of this name in this state; an id as it is.

    Raises:
        NotFound: there is no such dataset.
    """
    if name.startswith(DATASET_ID):
        return name
    otherwise, part = None, state if state == TRASHED else None
    for dataset in _rows(client.datasets(sys.maxsize, part)):
        if dataset["name"] == name:
            if dataset["state"] == state:
                return str(dataset["id"])
            otherwise = otherwise or dataset
    newest = f" Its newest, {otherwise['id']}, is {otherwise['state']}." if otherwise else ""
    raise _not_found(
        "dataset_not_found",
        f"Expected the id or the name of a dataset that is {state}, got {name}.{newest} "
        f"`purr datasets list{' --trash' if part else ''}` shows them.",
    )


def with_dataset_id(client: Client, spec: Json) -> Json:
    """Returns a spec that names its dataset by its id, if it names one at all."""
    if not isinstance(spec.get("dataset"), str):
        return spec
    return {**spec, "dataset": dataset_id(client, spec["dataset"])}


def with_dataset_id_within(client: Client, asked: Json) -> Json:
    """Returns a request for jobs of one spec, which names its dataset by its id."""
    if not isinstance(asked.get("spec"), dict):
        return asked
    return {**asked, "spec": with_dataset_id(client, asked["spec"])}


def named(client: Client, dataset: str | None) -> str | None:
    """Returns the id of the dataset of an option; None where it was not given."""
    return None if dataset is None else dataset_id(client, dataset)


def job_id(client: Client, name: str) -> str:
    """Returns the id of the newest job that trains the model of this name; an id as it is.

    Raises:
        NotFound: there is no such job.
    """
    if name.startswith(JOB_ID):
        return name
    for job in _rows(client.jobs(sys.maxsize)):
        if job["spec"].get("model") == name and not job["spec"].get("verifies"):
            return str(job["id"])
    raise _not_found(
        "job_not_found",
        f"Expected the id of a job or the name of the model that it trains, got {name}. "
        "`purr jobs` shows them.",
    )


def webhook_id(client: Client, name: str) -> str:
    """Returns the id of the webhook about a job, which may be named by its model; an id as it is.

    Raises:
        NotFound: there is no such webhook.
    """
    if name.startswith(WEBHOOK_ID):
        return name
    job = job_id(client, name)
    for webhook in _rows(client.webhooks(1, job)):
        return str(webhook["id"])
    raise _not_found(
        "webhook_not_found",
        f"Expected the id of a webhook or a job that had one sent, got {name}. "
        "`purr webhooks list` shows them.",
    )


def _not_found(code: str, detail: str) -> NotFound:
    """The error of the service itself, where the command was the one to look."""
    from purrceptron import NotFound

    return NotFound(404, {"code": code, "detail": detail}, None)


def _rows(pages: Iterable[Answer]) -> Iterator[Json]:
    return (row for page in pages for row in page.json["data"])
