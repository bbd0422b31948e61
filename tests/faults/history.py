"""What was asked, what was answered and what was broken, each with its time."""

import json
import time
from pathlib import Path
from typing import Any, Self

import httpx

from worker.jsontypes import Json

UPLOADS = 3  # of the same files, until one of them is imported


class History:
    """Entries in the order in which they began; any thread may add to it.

    Every entry says `what` it is and `at` which time. Those of requests are made before the
    request leaves, and their answer is added: `status` stays None where none came.
    """

    def __init__(self) -> None:
        self.entries: list[Json] = []

    def note(self, what: str, **facts: Any) -> Json:
        entry = {"what": what, "at": time.time(), **facts}
        self.entries.append(entry)
        return entry

    def of(self, what: str) -> list[Json]:
        return [entry for entry in list(self.entries) if entry["what"] == what]

    def save(self, path: Path) -> None:
        path.write_text("".join(f"{json.dumps(entry)}\n" for entry in self.entries))


class Client:
    """Speaks to the service as a user would, and writes down all of it."""

    def __init__(self, address: str, history: History) -> None:
        self.history = history
        self._http = httpx.Client(base_url=address, timeout=40, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()

    def submit(
        self,
        spec: Json,
        twin: str | None,
        *,
        may_fail: tuple[str, ...] = (),
        key: str | None = None,
    ) -> str | None:
        """The id of the job if it was accepted.

        Args:
            twin: the name of the undisturbed job that it is to equal; None: none.
            may_fail: the codes with which it may fail instead.
            key: makes the same job of the same request, however often it is sent.
        """
        about = {"model": spec["model"], "twin": twin, "may_fail": [*may_fail], "key": key}
        entry = self.history.note("submit", **about, id=None, found=None, **UNANSWERED)
        headers = {"Idempotency-Key": key} if key else {}
        answer = self._send(entry, "POST", "/v1/jobs", json=spec, headers=headers)
        if answer is None or answer.status_code not in (200, 202):
            return None
        job = entry["id"] = str(answer.json()["id"])
        # Whoever was told of a job finds it at once.
        read = self._try("GET", f"/v1/jobs/{job}")
        entry["found"] = read.status_code if read is not None else None
        return job

    def cancel(self, job: str) -> Json:
        return self.ask(job, "cancel")

    def ask(self, job: str, what: str) -> Json:
        """Cancel, pause or resume; gives the entry, with the state that the answer told."""
        entry = self.history.note(what, id=job, state=None, **UNANSWERED)
        answer = self._send(entry, "POST", f"/v1/jobs/{job}/{what}")
        if answer is not None and answer.status_code == 200:
            entry["state"] = answer.json()["state"]
        return entry

    def sweep(self, asked: Json, disturbed: bool) -> str | None:
        """The id of a sweep if it was accepted; the same request makes the same one.

        Args:
            disturbed: whether it is one of those that are to equal one which is not.
        """
        name = asked["spec"]["model"]
        about = {"model": name, "disturbed": disturbed, "parallel": asked["parallel"]}
        entry = self.history.note("sweep", **about, id=None, **UNANSWERED)
        headers = {"Idempotency-Key": name}
        answer = self._send(entry, "POST", "/v1/sweeps", json=asked, headers=headers)
        if answer is not None and answer.status_code == 202:
            entry["id"] = str(answer.json()["id"])
        found: str | None = entry["id"]
        return found

    def swept(self, sweep: str) -> Json | None:
        """A sweep as the service tells of it, None where it does not answer."""
        answer = self._try("GET", f"/v1/sweeps/{sweep}")
        return answer.json() if answer is not None and answer.status_code == 200 else None

    def delete(self, dataset: str) -> int | None:
        """Delete a dataset; the status of the answer, if one came."""
        entry = self.history.note("delete", id=dataset, **UNANSWERED)
        self._send(entry, "DELETE", f"/v1/datasets/{dataset}")
        status: int | None = entry["status"]
        return status

    def job(self, job: str) -> Json | None:
        """The job as the service tells of it, None where it does not answer."""
        answer = self._try("GET", f"/v1/jobs/{job}")
        if answer is None or answer.status_code != 200:
            return None
        found: Json = answer.json()
        return found

    def jobs(self) -> list[Json]:
        """The newest hundred jobs; none where the service does not answer."""
        answer = self._try("GET", "/v1/jobs?limit=100")
        return answer.json()["data"] if answer is not None and answer.status_code == 200 else []

    def metrics(self, job: str) -> list[Json]:
        """A row for each epoch of a job, as the service tells of it."""
        answer = self._http.get(f"/v1/jobs/{job}/metrics").raise_for_status()
        rows: list[Json] = answer.json()["data"]
        return rows

    def ready(self) -> bool:
        answer = self._try("GET", "/readyz")
        return answer is not None and answer.status_code == 200

    def upload(self, files: list[Path]) -> str:
        """The id of the dataset that the files make, once it is ready."""
        for _ in range(UPLOADS):
            found = self._imported(files)
            # On a busy machine a short lease may lapse, which is not what is looked at.
            if (found["problem"] or {}).get("code") != "worker_lost":
                break
        if found["state"] != "ready":
            raise AssertionError(f"The pictures were rejected: {found['problem']}.")
        return str(found["id"])

    def add_backbone(self, name: str, network: bytes) -> None:
        """Have a network ready under this name; once sent, it is not sent again."""
        answer = self._http.post("/v1/backbones", params={"name": name}, content=network)
        found = answer.raise_for_status().json()
        while found["state"] == "importing":
            time.sleep(0.02)
            found = self._http.get(f"/v1/backbones/{found['id']}").raise_for_status().json()
        if found["state"] != "ready":
            raise AssertionError(f"The backbone was rejected: {found['problem']}.")

    def _imported(self, files: list[Path]) -> Json:
        """The dataset that the files make, once its import is over."""
        parts = [("file", (path.name, path.read_bytes())) for path in files]
        answer = self._http.post("/v1/datasets", params={"name": "pictures"}, files=parts)
        found: Json = answer.raise_for_status().json()
        while found["state"] == "importing":
            time.sleep(0.02)
            found = self._http.get(f"/v1/datasets/{found['id']}").raise_for_status().json()
        return found

    def _send(self, entry: Json, method: str, path: str, **options: Any) -> httpx.Response | None:
        answer = self._try(method, path, **options)
        entry["answered_at"] = time.time()
        if answer is not None:
            entry["status"] = answer.status_code
            if answer.status_code >= 400:
                entry["code"] = answer.json().get("code")
        return answer

    def _try(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        try:
            return self._http.request(method, path, **options)
        except httpx.TransportError:
            return None


UNANSWERED: Json = {"status": None, "code": None, "answered_at": None}
