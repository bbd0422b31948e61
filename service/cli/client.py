"""The HTTP client behind `purr`: it knows the contract and nothing of what is behind it."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from purrceptron.session import path_of as _path
from purrceptron.uploads import Progress
from service.cli.answers import Answer
from service.cli.model_client import ModelClient, Tags
from worker.jsontypes import Json

EPOCHS = 1_000  # rows of metrics that are asked for at a time
CSV, PNG = "text/csv", "image/png"


class Client(ModelClient):
    """Every method is one request of docs/api.md, or a list of them."""

    def upload(
        self,
        name: str | None,
        files: Sequence[Path],
        progress: Progress,
        options: Json,
        kind: str,
    ) -> str:
        """Returns the id of the dataset or the backbone that files and folders have become, or of
        the scoring that answers for them."""
        if kind == "datasets":
            made = self.purr.datasets.upload(*files, name=name, progress=progress, **options)
            return made.id
        query = {"name": name, **options}
        return str(self.purr.upload(_path(kind), *files, query=query, progress=progress)["id"])

    def dataset(self, dataset: str) -> Answer:
        return self.answer("GET", _path("datasets", dataset))

    def edit_dataset(self, dataset: str, edits: Json) -> Answer:
        return self.answer("POST", _path("datasets", dataset, "versions"), json=edits, twice=True)

    def statistics(self, dataset: str) -> Answer:
        return self.answer("GET", _path("datasets", dataset, "statistics"))

    def picture(self, dataset: str, split: str, row: int) -> bytes:
        """A picture of a dataset, as a PNG."""
        path = _path("datasets", dataset, "rows", f"{row}.png")
        return b"".join(self.purr.pieces(path, PNG, query={"split": split}))

    def split(self, dataset: str) -> Iterator[bytes]:
        """A line of CSV for each row of a dataset, piece by piece as it comes."""
        return self.purr.pieces(_path("datasets", dataset, "split.csv"), CSV)

    def cancel_import(self, dataset: str) -> Answer:
        return self._moved("datasets", dataset, "cancel")

    def delete_dataset(self, dataset: str) -> None:
        self.purr.send("DELETE", _path("datasets", dataset))

    def restore_dataset(self, dataset: str) -> Answer:
        return self.answer("POST", _path("datasets", dataset, "restore"))

    def datasets(self, limit: int, state: str | None = None, tag: Tags = None) -> Iterator[Answer]:
        return self.pages("/v1/datasets", limit, state=state, tag=tag)

    def label(self, collection: str, name: str, wanted: Json) -> Answer:
        """Set notes or tags of one of the jobs, datasets or models."""
        return self.answer("PATCH", _path(collection, name), json=wanted)

    def backbone(self, backbone: str) -> Answer:
        return self.answer("GET", _path("backbones", backbone))

    def backbones(self, limit: int) -> Iterator[Answer]:
        return self.pages("/v1/backbones", limit)

    def delete_backbone(self, backbone: str) -> None:
        self.purr.send("DELETE", _path("backbones", backbone))

    def recipes(self) -> Answer:
        return self.answer("GET", "/v1/recipes")

    def submit(self, spec: Json) -> Answer:
        return self.submitted("/v1/jobs", spec)

    def job(self, job: str) -> Answer:
        return self.answer("GET", _path("jobs", job))

    def jobs(
        self,
        limit: int,
        state: str | None = None,
        model: str | None = None,
        dataset: str | None = None,
        tag: Tags = None,
    ) -> Iterator[Answer]:
        return self.pages("/v1/jobs", limit, state=state, model=model, dataset=dataset, tag=tag)

    def retry(self, job: str, wanted: Json) -> Answer:
        return self.submitted(_path("jobs", job, "retry"), wanted)

    def cancel(self, job: str) -> Answer:
        return self._moved("jobs", job, "cancel")

    def stop(self, job: str) -> Answer:
        return self._moved("jobs", job, "stop")

    def pause(self, job: str) -> Answer:
        return self._moved("jobs", job, "pause")

    def resume(self, job: str) -> Answer:
        return self._moved("jobs", job, "resume")

    def metrics(self, job: str) -> Iterator[Answer]:
        """A row for every epoch so far, page by page."""
        return self.pages(_path("jobs", job, "metrics"), sys.maxsize, EPOCHS)

    def metrics_as(self, kind: str, job: str) -> Iterator[bytes]:
        """All of them in one answer of this media type, piece by piece as it comes."""
        return self.purr.pieces(_path("jobs", job, "metrics"), kind)

    def submit_sweep(self, asked: Json) -> Answer:
        return self.submitted("/v1/sweeps", asked)

    def sweep(self, sweep: str) -> Answer:
        return self.answer("GET", _path("sweeps", sweep))

    def sweeps(self, limit: int) -> Iterator[Answer]:
        return self.pages("/v1/sweeps", limit)

    def move_sweep(self, sweep: str, move: str) -> Answer:
        """Cancel, pause or resume a sweep."""
        return self._moved("sweeps", sweep, move)

    def submit_schedule(self, asked: Json) -> Answer:
        return self.submitted("/v1/schedules", asked)

    def schedule(self, schedule: str) -> Answer:
        return self.answer("GET", _path("schedules", schedule))

    def schedules(self, limit: int) -> Iterator[Answer]:
        return self.pages("/v1/schedules", limit)

    def move_schedule(self, schedule: str, move: str) -> Answer:
        """Pause or resume a schedule."""
        return self._moved("schedules", schedule, move)

    def delete_schedule(self, schedule: str) -> None:
        self.purr.send("DELETE", _path("schedules", schedule))

    def feedback(self, said: Json) -> Answer:
        """Say what was true of predictions; said again, it changes nothing."""
        return self.answer("POST", "/v1/feedback", json=said, twice=True)

    def estimate(self, spec: Json) -> Answer:
        return self.answer("POST", "/v1/jobs/estimate", json=spec, twice=True)

    def compare(self, asked: Json) -> Answer:
        return self.answer("GET", "/v1/compare", asked)

    def compared_as_csv(self, asked: Json) -> Iterator[bytes]:
        """The curves of compared jobs, piece by piece as they come."""
        return self.purr.pieces("/v1/compare", CSV, query=asked)

    def lesson(self, job: str, most: int) -> Answer:
        return self.answer("GET", "/v1/lessons/step", {"job": job, "most": most})

    def lesson_of(self, spec: Json, most: int) -> Answer:
        return self.answer("POST", "/v1/lessons/step", {"most": most}, json=spec, twice=True)

    def job_evaluation(self, job: str) -> Answer:
        return self.answer("GET", _path("jobs", job, "evaluation"))

    def submit_scoring(self, asked: Json) -> Answer:
        return self.submitted("/v1/predictions", asked)

    def scoring(self, scoring: str) -> Answer:
        return self.answer("GET", _path("predictions", scoring))

    def results(self, scoring: str, kind: str) -> Iterator[bytes]:
        """All that a scoring has made, of this media type, piece by piece as it comes."""
        return self.purr.pieces(_path("predictions", scoring, "results"), kind)

    def webhooks(self, limit: int, job: str | None = None) -> Iterator[Answer]:
        return self.pages("/v1/webhooks", limit, job=job)

    def replay(self, webhook: str) -> Answer:
        return self.answer("POST", _path("webhooks", webhook, "replay"))

    def keys(self, limit: int) -> Iterator[Answer]:
        return self.pages("/v1/keys", limit)

    def audit(self, limit: int, kind: str) -> Iterator[Answer]:
        return self.pages("/v1/audit", limit, kind=kind)

    def create_key(self, asked: Json) -> Answer:
        return self.answer("POST", "/v1/keys", json=asked)

    def rotate_key(self, key: str, asked: Json) -> Answer:
        return self.answer("POST", _path("keys", key, "rotate"), json=asked)

    def revoke_key(self, key: str) -> None:
        self.purr.send("DELETE", _path("keys", key))

    def limits(self) -> Answer:
        return self.answer("GET", "/v1/limits")

    def retention(self) -> Answer:
        return self.answer("GET", "/v1/retention")

    def usage(self) -> Answer:
        return self.answer("GET", "/v1/usage")

    def ready(self) -> Answer:
        """That it can work, as it is now; Busy says what is away."""
        return self.answer("GET", "/readyz", patience_s=0)

    def _moved(self, collection: str, name: str, verb: str) -> Answer:
        """To ask for a move again changes nothing."""
        return self.answer("POST", _path(collection, name, verb), twice=True)
