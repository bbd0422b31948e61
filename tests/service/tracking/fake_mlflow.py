"""A server on this machine that speaks the part of MLflow's API that is used, and can break."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from tests.service.cli.fake_service import chunks
from worker.jsontypes import Json

API, FILES = "/api/2.0/mlflow/", "/api/2.0/mlflow-artifacts/artifacts/"


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]


class Refused(Exception):
    """What MLflow answers with 404 or 400."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.body = status, {"error_code": code, "message": message}


Conduct = Callable[[BaseHTTPRequestHandler], None]


class FakeMlflow:
    """What was sent; `faults` are what becomes of the next requests whose path has these words.

    Attributes:
        artifacts: where runs are said to have their files.
    """

    def __init__(self, address: str) -> None:
        self.address, self.artifacts = address, "mlflow-artifacts:/1/"
        self.experiments: dict[str, str] = {}
        self.runs: dict[str, Json] = {}
        self.files: dict[str, bytes] = {}
        self.models: list[str] = []
        self.versions: list[Json] = []
        self.asked: list[Asked] = []
        self.faults: list[tuple[str, Conduct]] = []

    def run(self) -> Json:
        """Returns the only run."""
        (run,) = self.runs.values()
        return run

    def fault(self, path: str) -> Conduct | None:
        for at, (word, conduct) in enumerate(self.faults):
            if word in path:
                del self.faults[at]
                return conduct
        return None

    def answer(self, method: str, path: str, query: Json, body: bytes) -> Json:
        if path.startswith(FILES):
            self.files[path.removeprefix(FILES)] = body
            return {}
        name = path.removeprefix(API).replace("/", "_").replace("-", "_")
        return getattr(self, name)(query if method == "GET" else json.loads(body))  # type: ignore[no-any-return]

    def experiments_get_by_name(self, asked: Json) -> Json:
        if asked["experiment_name"] not in self.experiments:
            raise Refused(404, "RESOURCE_DOES_NOT_EXIST")
        return {"experiment": {"experiment_id": self.experiments[asked["experiment_name"]]}}

    def experiments_create(self, asked: Json) -> Json:
        if asked["name"] in self.experiments:
            raise Refused(400, "RESOURCE_ALREADY_EXISTS")
        self.experiments[asked["name"]] = str(1 + len(self.experiments))
        return {"experiment_id": self.experiments[asked["name"]]}

    def runs_search(self, asked: Json) -> Json:
        job = asked["filter"].split("'")[1]
        assert asked["filter"] == f"tags.`purrceptron.job_id` = '{job}'"
        found = [r for r in self.runs.values() if r["tags"]["purrceptron.job_id"] == job]
        return {"runs": [shown(run) for run in found]} if found else {}

    def runs_create(self, asked: Json) -> Json:
        run_id = f"run{len(self.runs)}"
        tags = {tag["key"]: tag["value"] for tag in asked["tags"]}
        uri = f"{self.artifacts}{run_id}/artifacts"
        run = {"id": run_id, "name": asked["run_name"], "status": "RUNNING", "tags": tags}
        run |= {"params": {}, "metrics": [], "uri": uri, "start": asked["start_time"], "end": None}
        self.runs[run_id] = run
        return {"run": shown(run)}

    def runs_log_batch(self, asked: Json) -> Json:
        run = self.runs[asked["run_id"]]
        assert len(asked.get("params", ())) <= 100
        assert len(asked.get("metrics", ())) <= 1_000
        for param in asked.get("params", ()):
            assert run["params"].setdefault(param["key"], param["value"]) == param["value"]
        # A database keeps the same number once.
        run["metrics"] += [m for m in asked.get("metrics", ()) if m not in run["metrics"]]
        return {}

    def runs_update(self, asked: Json) -> Json:
        self.runs[asked["run_id"]] |= {"status": asked["status"], "end": asked["end_time"]}
        return {}

    def runs_set_tag(self, asked: Json) -> Json:
        self.runs[asked["run_id"]]["tags"][asked["key"]] = asked["value"]
        return {}

    def registered_models_create(self, asked: Json) -> Json:
        if asked["name"] in self.models:
            raise Refused(400, "RESOURCE_ALREADY_EXISTS")
        self.models.append(asked["name"])
        return {}

    def model_versions_search(self, asked: Json) -> Json:
        run = asked["filter"].split("'")[1]
        found = [version for version in self.versions if version["run_id"] == run]
        return {"model_versions": found} if found else {}

    def model_versions_create(self, asked: Json) -> Json:
        self.versions.append(asked)
        return {}


def shown(run: Json) -> Json:
    tags = [{"key": key, "value": value} for key, value in run["tags"].items()]
    info = {"run_id": run["id"], "status": run["status"], "artifact_uri": run["uri"]}
    return {"info": info, "data": {"tags": tags}}


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, *headers: str) -> None:
    handler.send_response(status)
    for header in headers:
        handler.send_header(*header.split(": "))
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def failing(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 500, b'{"error_code": "INTERNAL_ERROR", "message": "Out of paper."}')


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


@contextmanager
def mlflow_serving() -> Iterator[FakeMlflow]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            chunked = self.headers.get("Transfer-Encoding") == "chunked"
            body = b"".join(chunks(self.rfile)) if chunked else self.rfile.read(length)
            parts = urlsplit(self.path)
            fake.asked.append(Asked(self.command, parts.path, dict(self.headers)))
            with suppress(OSError):
                if (conduct := fake.fault(parts.path)) is not None:
                    return conduct(self)
                query: Any = {key: value[0] for key, value in parse_qs(parts.query).items()}
                try:
                    answer = fake.answer(self.command, unquote(parts.path), query, body)
                except Refused as error:
                    return send(self, error.status, json.dumps(error.body).encode())
                send(self, 200, json.dumps(answer).encode())
            return None

        do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the base class looks for these names

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        fake = FakeMlflow(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
