"""The HTTP client behind `purr`: it knows the contract and nothing of what is behind it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, urlencode

from service.cli.answers import Answer, ApiError
from service.cli.names import CHAMPION
from service.cli.sent_files import OnBytes, Sent
from service.cli.session import Session
from worker.jsontypes import Json

EPOCHS = 1_000  # rows of metrics that are asked for at a time
BINARY, CSV, PNG = "application/octet-stream", "text/csv", "image/png"
# The most that one prediction may carry: pictures, and bytes of them.
PICTURES, BATCH_BYTES = 64, 32 * 2**20
NO_PICTURE = {"corrupt_file", "unsupported_media_type", "limit_exceeded", "too_costly", "too_large"}


class Client(Session):
    """Every method is one request of docs/api.md, or a list of them."""

    def upload(
        self,
        name: str,
        files: Sequence[Sent],
        on_bytes: OnBytes = lambda count: None,
        options: Json | None = None,
        kind: str = "datasets",
    ) -> Answer:
        """Stream files from disk, and folders as zips, to become a dataset or a backbone;
        `on_bytes` hears of each piece that is on its way."""
        with ExitStack() as stack:
            parts = [("file", each.opened(on_bytes)) for each in files]
            for _, (_, file) in parts:
                stack.enter_context(file)
            return self.answer("POST", _path(kind), {"name": name, **(options or {})}, files=parts)

    def dataset(self, dataset: str) -> Answer:
        return self.answer("GET", _path("datasets", dataset))

    def edit_dataset(self, dataset: str, edits: Json) -> Answer:
        return self.answer("POST", _path("datasets", dataset, "versions"), json=edits)

    def statistics(self, dataset: str) -> Answer:
        return self.answer("GET", _path("datasets", dataset, "statistics"))

    def picture(self, dataset: str, split: str, row: int) -> bytes:
        """A picture of a dataset, as a PNG."""
        path = _path("datasets", dataset, "rows", f"{row}.png")
        return b"".join(self.pieces(f"{path}?split={split}", PNG))

    def split(self, dataset: str) -> Iterator[bytes]:
        """A line of CSV for each row of a dataset, piece by piece as it comes."""
        return self.pieces(_path("datasets", dataset, "split.csv"), CSV)

    def cancel_import(self, dataset: str) -> Answer:
        return self.answer("POST", _path("datasets", dataset, "cancel"))

    def delete_dataset(self, dataset: str) -> None:
        self._send("DELETE", _path("datasets", dataset))

    def restore_dataset(self, dataset: str) -> Answer:
        return self.answer("POST", _path("datasets", dataset, "restore"))

    def datasets(self, limit: int, state: str | None = None) -> Iterator[Answer]:
        return self.pages("/v1/datasets", limit, state=state)

    def backbone(self, backbone: str) -> Answer:
        return self.answer("GET", _path("backbones", backbone))

    def backbones(self, limit: int) -> Iterator[Answer]:
        return self.pages("/v1/backbones", limit)

    def delete_backbone(self, backbone: str) -> None:
        self._send("DELETE", _path("backbones", backbone))

    def recipes(self) -> Answer:
        return self.answer("GET", "/v1/recipes")

    def submit(self, spec: Json) -> Answer:
        return self.answer("POST", "/v1/jobs", json=spec)

    def job(self, job: str) -> Answer:
        return self.answer("GET", _path("jobs", job))

    def jobs(self, limit: int, state: str | None = None) -> Iterator[Answer]:
        return self.pages("/v1/jobs", limit, state=state)

    def retry(self, job: str, wanted: Json) -> Answer:
        return self.answer("POST", _path("jobs", job, "retry"), json=wanted)

    def cancel(self, job: str) -> Answer:
        return self.answer("POST", _path("jobs", job, "cancel"))

    def stop(self, job: str) -> Answer:
        return self.answer("POST", _path("jobs", job, "stop"))

    def pause(self, job: str) -> Answer:
        return self.answer("POST", _path("jobs", job, "pause"))

    def resume(self, job: str) -> Answer:
        return self.answer("POST", _path("jobs", job, "resume"))

    def metrics(self, job: str) -> Iterator[Answer]:
        """A row for every epoch so far, page by page."""
        return self.pages(_path("jobs", job, "metrics"), sys.maxsize, EPOCHS)

    def metrics_as(self, kind: str, job: str) -> Iterator[bytes]:
        """All of them in one answer of this media type, piece by piece as it comes."""
        return self.pieces(_path("jobs", job, "metrics"), kind)

    def job_evaluation(self, job: str) -> Answer:
        return self.answer("GET", _path("jobs", job, "evaluation"))

    def models(self, limit: int) -> Iterator[Answer]:
        return self.pages("/v1/models", limit)

    def model(self, name: str, limit: int) -> Iterator[Answer]:
        """A model and so many of its versions, page by page."""
        return self.pages(_path("models", name), limit, rows="versions")

    def promote(self, name: str, wanted: Json) -> Answer:
        return self.answer("PUT", _path("models", name, "aliases", CHAMPION), json=wanted)

    def roll_back(self, name: str) -> Answer:
        return self.answer("POST", _path("models", name, "aliases", CHAMPION, "rollback"))

    def verify(self, name: str, version: int) -> Answer:
        return self.answer("POST", _path("models", name, "versions", str(version), "verify"))

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

    def errors(self, name: str, version: int, limit: int, asked: Json) -> Iterator[Answer]:
        """What a version answered wrong, page by page."""
        return self.pages(_path("models", name, "versions", str(version), "errors"), limit, **asked)

    def errors_sheet(self, name: str, version: int, asked: Json) -> Iterator[bytes]:
        """A sheet with the pictures of that, as a PNG."""
        path = _path("models", name, "versions", str(version), "errors.png")
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        return self.pieces(f"{path}?{query}", PNG)

    def weights(self, name: str, version: int) -> Iterator[bytes]:
        """The file of a version's weights, piece by piece as it comes."""
        path = _path("models", name, "versions", str(version), "weights.safetensors")
        return self.pieces(path, BINARY)

    def predict(
        self, model: str, pictures: Sequence[Path], version: int | None = None
    ) -> Iterator[Answer]:
        """Ask about the pictures, an answer for each batch; the predictions come in their order."""
        versions = () if version is None else ("versions", str(version))
        path = _path("models", model, *versions, "predict")
        for batch in _batches(pictures):
            with ExitStack() as stack:
                parts = [("image", stack.enter_context(picture.open("rb"))) for picture in batch]
                try:
                    yield self.answer("POST", path, files=parts)
                except ApiError as error:
                    if len(batch) > 1 or error.code not in NO_PICTURE:
                        raise
                    problem = {"code": error.code, "detail": error.detail}
                    entry = {"file": batch[0].name, "problem": problem}
                    yield Answer.of({"predictions": [entry]})  # as it is said of one of many

    def submit_scoring(self, asked: Json) -> Answer:
        return self.answer("POST", "/v1/predictions", json=asked)

    def scoring(self, scoring: str) -> Answer:
        return self.answer("GET", _path("predictions", scoring))

    def results(self, scoring: str, kind: str) -> Iterator[bytes]:
        """All that a scoring has made, of this media type, piece by piece as it comes."""
        return self.pieces(_path("predictions", scoring, "results"), kind)

    def webhooks(self, limit: int, job: str | None = None) -> Iterator[Answer]:
        return self.pages("/v1/webhooks", limit, job=job)

    def replay(self, webhook: str) -> Answer:
        return self.answer("POST", _path("webhooks", webhook, "replay"))

    def limits(self) -> Answer:
        return self.answer("GET", "/v1/limits")

    def ready(self) -> Answer:
        """That it can work; ApiError says what is away."""
        return self.answer("GET", "/readyz")


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


def _path(*parts: str) -> str:
    return "/".join(["/v1", *(quote(part, safe="") for part in parts)])
