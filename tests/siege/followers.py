"""Long jobs, and many who wait for one."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from tests.siege.measures import Siege
from tests.siege.wire import request

PAGE_S = 1.0  # for a page of one row, where the whole was read before: 17 s
MIB = 2**20
PIECE_BYTES = 2**18
WAITED_S = 20  # that each asks to wait: it is to be told at the job's end, or then


def long_metrics(at: Siege, size: int) -> None:
    """A job of so many epochs: pages of one row anywhere, some at once, and the whole, streamed."""
    material = at.material
    job = material.job
    path = material.lengthened(job, size)
    at.figures["file_mib"] = round(path.stat().st_size / MIB)
    afters = [0, size // 3, size // 2, size - 1]
    asked = [request("GET", f"/v1/jobs/{job}/metrics?limit=1&after={n}") for n in afters]
    for after, answer in zip(afters, at.wire.at_once(asked), strict=True):
        found = [row["epoch"] for row in answer.json()["data"]]
        at.expect(found == [after + 1], f"the page behind {after} was {answer.body!r:.200}")
        at.expect(answer.seconds < PAGE_S, f"a page of one row took {answer.seconds:.1f} s")
        slowest = round(max(at.figures.get("page_s", 0.0), answer.seconds), 3)
        at.figures["page_s"] = slowest
    whole = request("GET", f"/v1/jobs/{job}/metrics")
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        sizes = list(pool.map(lambda _: _taken(at, whole), range(2)))
    at.figures["whole_s"] = round(time.monotonic() - began, 1)
    at.expect(min(sizes) > path.stat().st_size // 2, f"the whole was {sizes} bytes")


def _taken(at: Siege, words: bytes) -> int:
    """How many bytes of an answer there are; none is kept."""
    with at.wire.connect() as client:
        client.sendall(words.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        total = 0
        while piece := client.recv(PIECE_BYTES):
            total += len(piece)
        return total


def waiters(at: Siege, size: int) -> None:
    """So many who wait for a job that is paused before its end, and then cancelled."""
    spec = {**at.material.spec("awaited"), "epochs": 100_000}
    job = str(at.wire.post("/v1/jobs", spec)["id"])
    at.eventually(lambda: _state(at, job) == "running", 30, "the job did not begin")
    at.wire.ask(request("POST", f"/v1/jobs/{job}/pause"))
    at.eventually(lambda: _state(at, job) == "paused", 30, "the job did not pause")
    words = request("GET", f"/v1/jobs/{job}?wait={WAITED_S}")
    with at.wire.many(size, words) as clients:
        held, ask = time.monotonic(), request("GET", f"/v1/jobs/{job}")
        asked = [at.wire.ask(ask).seconds for _ in range(10)]
        time.sleep(0.5)
        at.figures |= {"waiting": len(clients), "others_median_s": round(sorted(asked)[5], 3)}
        at.wire.ask(request("POST", f"/v1/jobs/{job}/cancel"))
        told = time.monotonic()
        answers = [at.wire.heard(client, words) for client in clients]
        at.figures |= {"told_after_s": round(time.monotonic() - told, 1)}
        at.expect(time.monotonic() - held < WAITED_S, "waiters were not told before their time")
    states = {json.loads(a.body).get("state") if a.status == 200 else a.status for a in answers}
    at.expect(states == {"cancelled"}, f"waiters were told {states}")


def _state(at: Siege, job: str) -> str:
    return str(at.wire.get(f"/v1/jobs/{job}")["state"])
