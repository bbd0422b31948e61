"""The part of the client that is about models: what there is of them, and what they answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlencode

from service.cli.answers import Answer, ApiError
from service.cli.asked_model import Asked
from service.cli.asked_model import path_of as _path
from service.cli.names import CHAMPION, TRASHED
from service.cli.session import Session
from worker.jsontypes import Json

BINARY, PNG = "application/octet-stream", "image/png"
Tags: TypeAlias = Sequence[str] | None  # by which lists are filtered
# The files of a version that is taken away, by what a user calls them, each with its media type.
EXPORTS = {
    "onnx": ("model.onnx?precision=float32", BINARY),
    "int8": ("model.onnx?precision=int8", BINARY),
    "bundle": ("bundle.zip", "application/zip"),
    "weights": ("weights.safetensors", BINARY),
}
# The most that one prediction may carry: pictures, and bytes of them.
PICTURES, BATCH_BYTES = 64, 32 * 2**20
NUMPY = {"Content-Type": "application/x-npy"}
LINES = {"Content-Type": "application/x-ndjson"}
NO_PICTURE = {"corrupt_file", "unsupported_media_type", "limit_exceeded", "too_costly", "too_large"}


class ModelClient(Session):
    """Every method is one request of docs/api.md, or a list of them."""

    def models(
        self,
        limit: int,
        state: str | None = None,
        dataset: str | None = None,
        tag: Tags = None,
    ) -> Iterator[Answer]:
        return self.pages("/v1/models", limit, state=state, dataset=dataset, tag=tag)

    def model(self, name: str, limit: int) -> Iterator[Answer]:
        """A model and so many of its versions, page by page."""
        return self.pages(_path("models", name), limit, rows="versions")

    def trashed_versions(self, name: str, limit: int) -> Iterator[Answer]:
        return self.pages(_path("models", name, "versions"), limit, state=TRASHED)

    def newest_trashed(self, name: str, before: int | None) -> Answer:
        query = {"state": TRASHED, "limit": 1, "after": before}
        return self.answer("GET", _path("models", name, "versions"), query)

    def delete_model(self, name: str, version: int | None) -> None:
        self._send("DELETE", _model(name, version))

    def restore_model(self, name: str, version: int | None) -> Answer:
        return self.answer("POST", f"{_model(name, version)}/restore")

    def promote(self, name: str, wanted: Json) -> Answer:
        return self.answer("PUT", _path("models", name, "aliases", CHAMPION), json=wanted)

    def roll_back(self, name: str) -> Answer:
        return self.answer("POST", _path("models", name, "aliases", CHAMPION, "rollback"))

    def verify(self, name: str, version: int) -> Answer:
        return self.answer("POST", _path("models", name, "versions", str(version), "verify"))

    def answering_version(self, asked: Asked) -> int:
        """The version that answers; ApiError where there is no such alias."""
        if asked.version is not None:
            return asked.version
        [page] = self.model(asked.model, 1)
        alias = asked.alias or CHAMPION
        if (version := page.json["aliases"].get(alias)) is None:
            raise ApiError("alias_not_found", f"The model {asked.model} has no alias {alias}.")
        return int(version)

    def newest_version(self, name: str) -> int:
        return self._number_of(name, "newest")

    def champion(self, name: str) -> int:
        return self._number_of(name, "champion")

    def _number_of(self, name: str, which: str) -> int:
        [page] = self.model(name, 1)
        return int(page.json[which])

    def version(self, name: str, version: int) -> Answer:
        return self.answer("GET", _path("models", name, "versions", str(version)))

    def version_evaluation(self, name: str, version: int) -> Answer:
        return self.answer("GET", _path("models", name, "versions", str(version), "evaluation"))

    def exported(self, name: str, version: int, form: str) -> Iterator[bytes]:
        """A version as a file of this form, a key of EXPORTS, piece by piece as it comes."""
        file, kind = EXPORTS[form]
        return self.pieces(_path("models", name, "versions", str(version)) + f"/{file}", kind)

    def errors(self, name: str, version: int, limit: int, asked: Json) -> Iterator[Answer]:
        """What a version answered wrong, page by page."""
        return self.pages(_path("models", name, "versions", str(version), "errors"), limit, **asked)

    def errors_sheet(self, name: str, version: int, asked: Json) -> Iterator[bytes]:
        """A sheet with the pictures of that, as a PNG."""
        path = _path("models", name, "versions", str(version), "errors.png")
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        return self.pieces(f"{path}?{query}", PNG)

    def explain(
        self, name: str, version: int | None, picture: Path, asked: Mapping[str, object]
    ) -> Answer:
        """Why a model answers as it does about a picture."""
        path = f"{_model(name, version)}/explain"
        with picture.open("rb") as file:
            return self.answer("POST", path, asked, files=[("image", file)])

    def predict(self, asked: Asked, pictures: Sequence[Path]) -> Iterator[Answer]:
        """Ask about the pictures, an answer for each batch; the predictions come in their order."""
        for batch in _batches(pictures):
            with ExitStack() as stack:
                parts = [("image", stack.enter_context(picture.open("rb"))) for picture in batch]
                try:
                    yield self.answer("POST", asked.path, asked.query, files=parts)
                except ApiError as error:
                    if len(batch) > 1 or error.code not in NO_PICTURE:
                        raise
                    problem = {"code": error.code, "detail": error.detail}
                    entry = {"file": batch[0].name, "problem": problem}
                    yield Answer.of({"predictions": [entry]})  # as it is said of one of many

    def predict_array(self, asked: Asked, array: Path) -> Answer:
        """Ask about the rows of a NumPy file."""
        with array.open("rb") as file:
            return self.answer("POST", asked.path, asked.query, content=file, headers=NUMPY)

    def predict_lines(self, asked: Asked, pieces: Iterable[bytes]) -> Iterator[Answer]:
        """Ask about lines of JSON, some at a time; an answer for each line, which is numbered among
        all."""
        before = 0
        for piece in pieces:
            for said in self.lines("POST", asked.path, asked.query, content=piece, headers=LINES):
                yield Answer.of({**said, "line": before + said["line"]})
            before += piece.count(b"\n")


def _batches(pictures: Sequence[Path]) -> Iterator[list[Path]]:
    """The pictures in as few requests as may be."""
    batch: list[Path] = []
    size = 0
    for picture in pictures:
        more = picture.stat().st_size
        if batch and (len(batch) == PICTURES or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(picture)
        size += more
    if batch:
        yield batch


def _model(name: str, version: int | None) -> str:
    """Where a model is, or one version of it."""
    versions = () if version is None else ("versions", str(version))
    return _path("models", name, *versions)
