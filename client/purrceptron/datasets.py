"""Datasets: upload them, look at them, wait until they are ready."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from purrceptron.answers import Answer, Finding
from purrceptron.calling import Bound, M, call, stream
from purrceptron.errors import Failed
from purrceptron.files import What, sources
from purrceptron.records import Deadline, Record
from purrceptron.session import Ask, Session, path_of
from purrceptron.uploads import Progress, ResumableUpload, send_form

IMPORTING, GOOD = "importing", {"ready", "checked"}
POLL_S, LONGEST_POLL_S = 0.1, 1.0  # between looks at an import


class Split(Answer):
    """How many rows there are, and how many of each class."""

    rows: int
    per_class: list[int] = []


class Dataset(Record[M]):
    """An uploaded, checked, unchanging set of rows; what is not known yet is None."""

    name: str
    kind: str | None = None
    classes: list[str] | None = None
    shape: list[int] | None = None
    splits: dict[str, Split] | None = None
    digest: str | None = None
    findings: list[Finding] = []
    progress: dict[str, Any] | None = None
    parent: str | None = None
    version: int = 1
    edits: dict[str, Any] | None = None
    bytes: int = 0
    created_at: datetime | None = None
    trashed_until: datetime | None = None

    brief = ("id", "name", "state", "classes", "shape")

    @call
    async def reload(self) -> Dataset[M]:
        """Looks at it again."""
        return await self._seen("GET")

    @call
    async def wait(self, timeout_s: float | None = None) -> Dataset[M]:
        """Waits until it is ready.

        Raises:
            Failed: it was rejected or cancelled, or is in the trash.
            Overdue: that took longer than `timeout_s` seconds.
            Busy, Unreachable: the service was away when patience or these seconds were over.
        """
        return await self._ready(timeout_s)

    @call
    async def cancel(self) -> Dataset[M]:
        """Ends the import, and discards what it did."""
        return await self._seen("POST", "cancel")

    @call
    async def edit(self, /, **edits: Any) -> Dataset[M]:
        """Makes a new version: `drop`, `relabel`, `move`, `rename_class`, … of the API."""
        body = {"json": edits}
        return await self._session.ask(Dataset, "POST", self._path("versions"), body=lambda: body)

    @call
    async def delete(self) -> None:
        """Puts it into the trash."""
        await self._session.send(Ask("DELETE", self._path()))

    @call
    async def restore(self) -> Dataset[M]:
        """Takes it out of the trash."""
        return await self._seen("POST", "restore", twice=False)

    @call
    async def label(
        self, *, notes: str | None = None, tags: Sequence[str] | None = None
    ) -> Dataset[M]:
        """Sets its notes or its tags; what is None stays as it is."""
        return await self._labelled(notes, tags)

    def _path(self, *verb: str) -> str:
        return path_of("datasets", self.id, *verb)

    async def _ready(self, timeout_s: float | None) -> Dataset[M]:
        deadline, poll_s = Deadline(self, timeout_s), POLL_S
        while self.state == IMPORTING:
            await self._session.transport.sleep(deadline.at_most(poll_s))
            poll_s = min(2 * poll_s, LONGEST_POLL_S)
            await self._seen("GET", patience_s=deadline.left_s)
        if self.state not in GOOD:
            raise Failed(self)
        return self


class Datasets(Bound[M]):
    """`client.datasets`"""

    def __init__(self, session: Session[M]) -> None:
        self._session = session

    @call
    async def upload(
        self,
        /,
        *what: What,
        name: str | None = None,
        progress: Progress | None = None,
        tags: Sequence[str] | None = None,
        **options: Any,
    ) -> Dataset[M]:
        """Uploads files, a folder, or arrays of NumPy by their names.

        One file, a folder or arrays are sent in pieces: a connection that breaks goes on where it
        was. A folder becomes a zip on its way; one of nothing but arrays, or of nothing but tables,
        is sent as these. Several files go out in one request.

        Args:
            progress: hears how many bytes have gone out, of how many.
            options: `image_size`, `resize`, `label`, `dry_run`, `notes` and others of the API.

        Returns:
            The dataset, which is being imported: `wait` until it is ready.
        """
        query = {"name": name, "tag": tags, **options}
        heard = progress or (lambda sent, total: None)
        with ExitStack() as stack:
            found = await self._session.transport.apart(sources, what, stack)
            if len(found) == 1:
                made = await ResumableUpload(self._session, found[0], heard).send(query)
                return await self._get(made)
            said = await send_form(self._session, path_of("datasets"), query, found, heard)
            return self._session.known_as(Dataset, said)

    @call
    async def get(self, dataset: str) -> Dataset[M]:
        """Returns the dataset of this id."""
        return await self._get(dataset)

    @stream
    async def list(
        self,
        *,
        state: str | None = None,
        kind: str | None = None,
        tag: str | Sequence[str] | None = None,
    ) -> AsyncIterator[Dataset[M]]:
        """Yields all datasets, the newest first, or those that fit."""
        query = {"state": state, "kind": kind, "tag": tag}
        async for row in self._session.pages(path_of("datasets"), query):
            yield self._session.known_as(Dataset, row)

    @call
    async def wait(self, dataset: str, timeout_s: float | None = None) -> Dataset[M]:
        """Waits until a dataset is ready, as its own `wait` does."""
        return await (await self._get(dataset))._ready(timeout_s)

    @call
    async def delete(self, dataset: str) -> None:
        """Puts a dataset into the trash."""
        await self._session.send(Ask("DELETE", path_of("datasets", dataset)))

    async def _get(self, dataset: str) -> Dataset[M]:
        return await self._session.ask(Dataset, "GET", path_of("datasets", dataset))
