"""The part of the client that is about models: what there is of them, and what they answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from purrceptron import NotFound, Refused
from purrceptron.questions import bodies
from purrceptron.session import path_of as _path
from service.cli.answers import Answer
from service.cli.asked_model import Asked
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
        self.purr.send("DELETE", _model(name, version))

    def restore_model(self, name: str, version: int | None) -> Answer:
        return self.answer("POST", f"{_model(name, version)}/restore")

    def promote(self, name: str, wanted: Json) -> Answer:
        return self.answer("PUT", _path("models", name, "aliases", CHAMPION), json=wanted)

    def roll_back(self, name: str) -> Answer:
        return self.answer("POST", _path("models", name, "aliases", CHAMPION, "rollback"))

    def verify(self, name: str, version: int) -> Answer:
        return self.submitted(_path("models", name, "versions", version, "verify"), {})

    def answering_version(self, asked: Asked) -> int:
        """The version that answers; NotFound where there is no such alias."""
        if asked.version is not None:
            return asked.version
        [page] = self.model(asked.model, 1)
        alias = asked.alias or CHAMPION
        if (version := page.json["aliases"].get(alias)) is None:
            detail = f"The model {asked.model} has no alias {alias}."
            raise NotFound(404, {"code": "alias_not_found", "detail": detail}, None)
        return int(version)

    def newest_version(self, name: str) -> int:
        return self._number_of(name, "newest")

    def champion(self, name: str) -> int:
        return self._number_of(name, "champion")

    def _number_of(self, name: str, which: str) -> int:
        [page] = self.model(name, 1)
        return int(page.json[which])

    def version(self, name: str, version: int) -> Answer:
        return self.answer("GET", _path("models", name, "versions", version))

    def live(self, name: str, version: int, hours: int) -> Answer:
        path = _path("models", name, "versions", version, "live")
        return self.answer("GET", path, {"hours": hours})

    def version_evaluation(self, name: str, version: int) -> Answer:
        return self.answer("GET", _path("models", name, "versions", version, "evaluation"))

    def exported(self, name: str, version: int, form: str) -> Iterator[bytes]:
        """A version as a file of this form, a key of EXPORTS, piece by piece as it comes."""
        file, kind = EXPORTS[form]
        return self.purr.pieces(_path("models", name, "versions", version) + f"/{file}", kind)

    def errors(self, name: str, version: int, limit: int, asked: Json) -> Iterator[Answer]:
        """What a version answered wrong, page by page."""
        return self.pages(_path("models", name, "versions", version, "errors"), limit, **asked)

    def errors_sheet(self, name: str, version: int, asked: Json) -> Iterator[bytes]:
        """A sheet with the pictures of that, as a PNG."""
        path = _path("models", name, "versions", version, "errors.png")
        return self.purr.pieces(path, PNG, query=asked)

    def explain(
        self, name: str, version: int | None, picture: Path, asked: Mapping[str, object]
    ) -> Answer:
        """Why a model answers as it does about a picture."""
        path = f"{_model(name, version)}/explain"
        (body,) = bodies([picture])
        return self.answer("POST", path, asked, twice=True, **body)

    def predict(self, asked: Asked, pictures: Sequence[Path | bytes]) -> Iterator[Answer]:
        """Ask about the pictures, an answer for each batch; the predictions come in their order."""
        for body in bodies(pictures):
            try:
                yield self.answer("POST", asked.path, asked.query, twice=True, **body)
            except Refused as error:
                batch = body["files"]
                if len(batch) > 1 or error.code not in NO_PICTURE:
                    raise
                [(_, (name, _))] = batch
                problem = {"code": error.code, "detail": error.detail}
                # As it is said of one of many.
                yield Answer.of({"predictions": [{"file": name, "problem": problem}]})

    def predict_array(self, asked: Asked, array: bytes) -> Answer:
        """Ask about the rows of a NumPy file."""
        more = {"content": array, "headers": NUMPY}
        return self.answer("POST", asked.path, asked.query, twice=True, **more)

    def predict_document(self, asked: Asked, document: Any) -> Iterator[Answer]:
        """Ask about rows, an answer for each batch, or with a body as the API has it."""
        for body in bodies(document) if isinstance(document, list) else [{"json": document}]:
            yield self.answer("POST", asked.path, asked.query, twice=True, **body)

    def predict_lines(self, asked: Asked, pieces: Iterable[bytes]) -> Iterator[Answer]:
        """Ask about lines of JSON, some at a time; an answer for each line, which is numbered among
        all."""
        before = 0
        for piece in pieces:
            more = {"content": piece, "headers": LINES, "twice": True}
            for said in self.lines("POST", asked.path, asked.query, **more):
                yield Answer.of({**said, "line": before + said["line"]})
            before += piece.count(b"\n")


def _model(name: str, version: int | None) -> str:
    """Where a model is, or one version of it."""
    versions = () if version is None else ("versions", version)
    return _path("models", name, *versions)
