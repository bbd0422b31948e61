"""Models: ask them, and say which version answers."""

from __future__ import annotations

import builtins
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from purrceptron.calling import Bound, M, call, stream
from purrceptron.jobs import Job, submitted
from purrceptron.live import Judged, Live
from purrceptron.predictions import Predictions, asked_about
from purrceptron.questions import Asked
from purrceptron.saving import saved
from purrceptron.session import Ask, Page, Session, path_of
from purrceptron.versions import Alias, ModelSummary, Version

CHAMPION = "champion"
MOST_JUDGED = 200  # predictions in one request, which stays within 64 KiB
# The files of a version that can be taken away.
EXPORTS: dict[str, tuple[str, dict[str, str]]] = {
    "onnx": ("model.onnx", {"precision": "float32"}),
    "int8": ("model.onnx", {"precision": "int8"}),
    "bundle": ("bundle.zip", {}),
    "weights": ("weights.safetensors", {}),
}


class Model(Bound[M]):
    """A model by its name: `client.models["cats"]`. Nothing is asked before a method is called.

    Attributes:
        at: the number or the alias of the version that is meant; None for the champion.
    """

    def __init__(self, session: Session[M], name: str, at: int | str | None) -> None:
        self._session = session
        self.name, self.at = name, at

    def __repr__(self) -> str:
        return f"Model({self.name!r})" if self.at is None else f"Model({self.name!r}, {self.at!r})"

    @call
    async def predict(
        self, asked: Asked, *, top: int | None = None, threshold: float | None = None
    ) -> Predictions:
        """Asks about a picture, a row, or a list of either.

        Args:
            asked: a path, the bytes of a file, a picture of Pillow, an array of NumPy (of rows, or
                of pictures), a row as a list or by the columns of a table, or a list of these.
            top: the most classes whose probabilities are told.
            threshold: of two classes, from which probability of the second on that is the label.

        Returns:
            A prediction for each, in their order. One of several that cannot be used has a
            `problem` in the place of a label.
        """
        query = {"top": top, "threshold": threshold}
        return await asked_about(self._session, self._meant("predict"), query, asked)

    @call
    async def live(self, *, hours: int | None = None) -> Live:
        """Returns how the version that is meant does since it answers, in the last `hours`: how
        many of the predictions that were judged were right, and `findings` about what has
        changed."""
        path = await self._numbered("live")
        return await self._session.ask(Live, "GET", path, query={"hours": hours})

    @stream
    async def versions(self) -> AsyncIterator[Version]:
        """Yields its versions, the newest first."""
        path = path_of("models", self.name, "versions")
        async for row in self._session.pages(path, {}):
            yield self._session.known_as(Version, row)

    @call
    async def show(self) -> Version:
        """Returns all that is known of the version that is meant."""
        return await self._session.ask(Version, "GET", await self._numbered())

    @call
    async def download(
        self, to: str | os.PathLike[str], kind: Literal["onnx", "int8", "bundle", "weights"]
    ) -> Path:
        """Writes the version that is meant into a file: as ONNX, as the same with weights of 8
        bits, as a bundle with a program that answers by it, or its weights as safetensors."""
        file, query = EXPORTS[kind]
        return await saved(self._session, Ask("GET", await self._numbered(file), query), to)

    @call
    async def aliases(self) -> list[Alias]:
        """Returns its aliases."""
        page = await self._session.ask(Page, "GET", path_of("models", self.name, "aliases"))
        return [self._session.known_as(Alias, each) for each in page.data]

    @call
    async def promote(
        self,
        /,
        version: int,
        alias: str = CHAMPION,
        *,
        force: bool = False,
        reason: str = "",
        **operating_point: Any,
    ) -> Alias:
        """Has an alias name a version; by default it becomes the one that answers.

        Args:
            force: whether it becomes champion whatever the guard says.
            operating_point: `threshold` and `unsure` of the API.

        Raises:
            Conflict: the guard does not let it; its reasons are in `problem["guard"]`.
        """
        wanted = {"version": version, "force": force, "reason": reason, **operating_point}
        path = path_of("models", self.name, "aliases", alias)
        return await self._session.ask(Alias, "PUT", path, body=lambda: {"json": wanted})

    @call
    async def roll_back(self, alias: str = CHAMPION) -> Alias:
        """Has an alias name the version again that it named before; a second time undoes that."""
        path = path_of("models", self.name, "aliases", alias, "rollback")
        return await self._session.ask(Alias, "POST", path, twice=False)

    @call
    async def delete_alias(self, alias: str) -> None:
        """Deletes an alias; not the champion."""
        await self._session.send(Ask("DELETE", path_of("models", self.name, "aliases", alias)))

    @call
    async def verify(self, idempotency_key: str | None = None) -> Job[M]:
        """Submits a job that trains the version again, and compares the two."""
        return await submitted(self._session, await self._numbered("verify"), {}, idempotency_key)

    @call
    async def delete(self) -> None:
        """Puts the version that was named into the trash, or the whole model if none was."""
        await self._session.send(Ask("DELETE", await self._there()))

    @call
    async def restore(self) -> None:
        """Takes that out of the trash again."""
        path = f"{await self._there()}/restore"
        await self._session.send(Ask("POST", path, twice=False))

    def _meant(self, *verb: str) -> str:
        """Where the version is, by what it was named."""
        if self.at is None:
            return path_of("models", self.name, *verb)
        rooms = "versions" if isinstance(self.at, int) else "aliases"
        return path_of("models", self.name, rooms, self.at, *verb)

    async def _there(self) -> str:
        """Where the version is that was named, or the whole model."""
        return self._meant() if self.at is None else await self._numbered()

    async def _numbered(self, *verb: str) -> str:
        """Where the version is, by its number."""
        number = self.at
        if not isinstance(number, int):
            known = await self._session.ask(ModelSummary, "GET", path_of("models", self.name))
            alias = self.at or CHAMPION
            if (number := known.aliases.get(str(alias))) is None:
                raise LookupError(f"The model {self.name} has no alias {alias}.")
        return path_of("models", self.name, "versions", number, *verb)


class Models(Bound[M]):
    """`client.models`"""

    def __init__(self, session: Session[M]) -> None:
        self._session = session

    def __getitem__(self, named: str | tuple[str, int | str]) -> Model[M]:
        """Returns a model, `models["cats"]`, or one version of it by its number or by an alias:
        `models["cats", 3]`, `models["cats", "canary"]`."""
        name, at = (named, None) if isinstance(named, str) else named
        return Model(self._session, name, at)

    @call
    async def get(self, name: str) -> ModelSummary:
        """Returns what is known of a model."""
        return await self._session.ask(ModelSummary, "GET", path_of("models", name))

    @call
    async def judge(self, truths: Mapping[str, str | None]) -> builtins.list[Judged]:
        """Says what was true of predictions, however many.

        Args:
            truths: by `prediction_id` the true label, None for none of the model's classes.

        Returns:
            What became of each, in their order.
        """
        items = [{"prediction_id": each, "label": label} for each, label in truths.items()]
        found: builtins.list[Judged] = []
        for at in range(0, len(items), MOST_JUDGED):
            body = {"json": {"feedback": items[at : at + MOST_JUDGED]}}
            page = await self._session.ask(Page, "POST", path_of("feedback"), body=lambda b=body: b)
            found += [self._session.known_as(Judged, each) for each in page.data]
        return found

    @stream
    async def list(
        self, *, dataset: str | None = None, tag: str | Sequence[str] | None = None
    ) -> AsyncIterator[ModelSummary]:
        """Yields all models by name, each with its newest version alone, or those that fit."""
        async for row in self._session.pages(path_of("models"), {"dataset": dataset, "tag": tag}):
            yield self._session.known_as(ModelSummary, row)
