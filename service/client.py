"""The HTTP client behind `purr`: it knows the contract and nothing of what is behind it."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeAlias
from urllib.parse import quote

import httpx

Json: TypeAlias = dict[str, Any]

PAGE = 100  # the most that one list request may ask for
EPOCHS = 1_000  # rows of metrics that are asked for at a time
# The most that one prediction may carry: pictures, and bytes of them.
PICTURES, BATCH_BYTES = 64, 32 * 2**20
NO_PICTURE = {"corrupt_file", "unsupported_media_type", "limit_exceeded", "too_costly", "too_large"}
TIMEOUT = httpx.Timeout(60, connect=5)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Fault(NamedTuple):
    """One thing wrong in a request; `place` points into the body, or names a parameter."""

    place: str
    detail: str


class ApiError(Exception):
    """The service refused; `code` is stable, `errors` say what was wrong where."""

    def __init__(self, code: str, detail: str, errors: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.code, self.detail, self.errors = code, detail, tuple(errors)

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """The error that a problem document describes, or the bare status of a foreign answer."""
        status = response.status_code
        try:
            problem = response.json()
            errors = [
                Fault(e.get("pointer") or e.get("parameter") or "", e["detail"])
                for e in problem.get("errors") or ()
            ]
            return cls(problem["code"], problem["detail"], errors)
        except (ValueError, LookupError, TypeError, AttributeError):
            reason = f"{response.url} answered {status} {response.reason_phrase}"
            return cls(f"http_{status}", f"{reason} and no reason. Check PURR_URL.")

    @classmethod
    def of_record(cls, record: Json) -> Self:
        """Why a dataset was rejected or a job did not succeed."""
        name, state = record["id"], record["state"]
        problem = record.get("problem") or {"code": state, "detail": f"{name} was {state}."}
        return cls(problem["code"], problem["detail"])


class Unreachable(Exception):
    """Nothing answered in time at the address, or not in the words of this service."""


class Answer(NamedTuple):
    """What the service said: the very bytes, and what they mean."""

    raw: bytes
    json: Json

    @classmethod
    def of(cls, said: Json) -> Self:
        return cls(json.dumps(said).encode(), said)


class Client:
    """One connection to the service at `url`; every method is one request of docs/api.md."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        try:
            # A proxy of the environment leads out of this machine, never to its loopback.
            direct = httpx.URL(self.url).host in LOOPBACK
            self._http = httpx.Client(
                base_url=self.url, headers=headers, timeout=TIMEOUT, trust_env=not direct
            )
        except httpx.InvalidURL as error:
            raise Unreachable(f"Expected an address in PURR_URL, got {url}: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def upload(
        self, name: str, files: Sequence[Path], on_bytes: Callable[[int], None] = lambda count: None
    ) -> Answer:
        """Stream the files from disk; `on_bytes` hears of each piece that is on its way."""
        with ExitStack() as stack:
            opened = [stack.enter_context(_HeardFile(path, on_bytes)) for path in files]
            parts = [("file", (path.name, file)) for path, file in zip(files, opened, strict=True)]
            return self._answer("POST", "/v1/datasets", {"name": name}, files=parts)

    def dataset(self, dataset: str) -> Answer:
        return self._answer("GET", _path("datasets", dataset))

    def cancel_import(self, dataset: str) -> Answer:
        return self._answer("POST", _path("datasets", dataset, "cancel"))

    def datasets(self, limit: int) -> Iterator[Answer]:
        return self._pages("/v1/datasets", limit)

    def find_dataset(self, name: str) -> str:
        """The id of the newest ready dataset of this name; an id is its own answer."""
        if name.startswith("ds_"):
            return name
        datasets = (row for page in self.datasets(sys.maxsize) for row in page.json["data"])
        found = [d["id"] for d in datasets if d["name"] == name and d["state"] == "ready"]
        if not found:
            raise ApiError(
                "dataset_not_found",
                f"Expected the id or the name of a dataset that is ready, got {name}. "
                "`purr datasets list` shows them.",
            )
        return str(max(found))  # ids begin with the time they were made

    def submit(self, spec: Json) -> Answer:
        return self._answer("POST", "/v1/jobs", json=spec)

    def job(self, job: str) -> Answer:
        return self._answer("GET", _path("jobs", job))

    def jobs(self, limit: int, state: str | None = None) -> Iterator[Answer]:
        return self._pages("/v1/jobs", limit, state=state)

    def retry(self, job: str, wanted: Json) -> Answer:
        return self._answer("POST", _path("jobs", job, "retry"), json=wanted)

    def cancel(self, job: str) -> Answer:
        return self._answer("POST", _path("jobs", job, "cancel"))

    def stop(self, job: str) -> Answer:
        return self._answer("POST", _path("jobs", job, "stop"))

    def pause(self, job: str) -> Answer:
        return self._answer("POST", _path("jobs", job, "pause"))

    def resume(self, job: str) -> Answer:
        return self._answer("POST", _path("jobs", job, "resume"))

    def metrics(self, job: str) -> Iterator[Answer]:
        """A row for every epoch so far, page by page."""
        return self._pages(_path("jobs", job, "metrics"), sys.maxsize, EPOCHS)

    def metrics_as(self, kind: str, job: str) -> Iterator[bytes]:
        """All of them in one answer of this media type, piece by piece as it comes."""
        path, headers = _path("jobs", job, "metrics"), {"Accept": kind}
        with self._named(), self._http.stream("GET", path, headers=headers) as response:
            if not response.is_success:
                response.read()
                raise ApiError.of(response)
            if not response.headers.get("Content-Type", "").startswith(kind):
                raise self._stranger(kind)
            yield from response.iter_bytes()

    def models(self, limit: int) -> Iterator[Answer]:
        return self._pages("/v1/models", limit)

    def model(self, name: str) -> Answer:
        return self._answer("GET", _path("models", name))

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
                    yield self._answer("POST", path, files=parts)
                except ApiError as error:
                    if len(batch) > 1 or error.code not in NO_PICTURE:
                        raise
                    problem = {"code": error.code, "detail": error.detail}
                    entry = {"file": batch[0].name, "problem": problem}
                    yield Answer.of({"predictions": [entry]})  # as it is said of one of many

    def _pages(self, path: str, limit: int, size: int = PAGE, **query: object) -> Iterator[Answer]:
        after = None
        while limit > 0:
            page = self._answer("GET", path, {**query, "limit": min(limit, size), "after": after})
            yield page
            limit -= len(page.json["data"])
            after = page.json["next"]
            if after is None:
                return

    def _answer(
        self, method: str, path: str, query: Mapping[str, object] | None = None, **body: Any
    ) -> Answer:
        params = {key: str(value) for key, value in (query or {}).items() if value is not None}
        raw = self._send(method, path, params=params, **body)
        try:
            return Answer(raw, _read_object(raw))
        except ValueError as error:
            raise self._stranger("JSON") from error

    def _send(self, method: str, path: str, **request: Any) -> bytes:
        with self._named():
            response = self._http.request(method, path, **request)
        if not response.is_success:
            raise ApiError.of(response)
        return response.content

    def _stranger(self, wanted: str) -> Unreachable:
        """Who answers and is not the service."""
        return Unreachable(
            f"Expected {wanted} from {self.url}, got something else. Check PURR_URL."
        )

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turns what the HTTP library says of a broken line into Unreachable."""
        try:
            yield
        except (httpx.RequestError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(
                f"No answer from {self.url} ({reason}). Start the service with `purr up`, "
                "or say in PURR_URL where it runs."
            ) from error


class _HeardFile(FileIO):
    """A file that tells how many bytes were read from it, as they are read."""

    def __init__(self, path: Path, on_bytes: Callable[[int], None]) -> None:
        super().__init__(path)
        self._on_bytes = on_bytes

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self._on_bytes(len(piece))
        return piece


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


def _read_object(raw: bytes) -> Json:
    value = json.loads(raw)
    if not isinstance(value, dict):
        raise ValueError(f"Expected a JSON object, got {type(value).__name__}.")
    return value
