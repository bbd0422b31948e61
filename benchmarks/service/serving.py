"""How long callers wait for a prediction, and how many one API process answers.

Milliseconds as a client sees them, over kept connections: one client that asks again when it was
answered, then eight of them at once. Pictures are drawn and grown to the size named, so that the
bytes are the same everywhere; the models are the classic four layers on 64 x 64 pixels, and the
seven convolutions of the recipe `photos`.
"""

import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from benchmarks import setting
from benchmarks.pictures import noise
from benchmarks.running_service import FINAL, Service
from worker.data import sketches
from worker.jsontypes import Json

CLIENTS, SECONDS = 8, 4.0
RECIPES = ("classic", "photos")  # and models of these names

Ask = Callable[[httpx.Client], httpx.Response]


def main() -> int:
    asked = setting.arguments(__doc__ or "", rounds=200).parse_args()
    looks, seconds = (5, 0.2) if asked.quick else (asked.rounds, SECONDS)
    with tempfile.TemporaryDirectory() as folder, Service(1) as service:
        publish(service, noise(Path(folder)))
        found = {name: measured(service, name, ask, looks, seconds) for name, ask in ASKED.items()}
    if not asked.quick:
        setting.save("serving", {"clients": CLIENTS, "seconds": seconds, "asked": found})
    return 0


def publish(service: Service, files: list[Path]) -> None:
    dataset = service.upload(files)
    for recipe in RECIPES:
        job = service.submit({"dataset": dataset, "recipe": recipe, "model": recipe, "epochs": 1})
        while job["state"] not in FINAL:
            job = service.http.get(f"/v1/jobs/{job['id']}?wait=10").raise_for_status().json()


def picture(width: int, height: int, kind: str, **how: Any) -> bytes:
    drawn = Image.fromarray(sketches.draw(seed=1, train_rows=2, test_rows=0).train_x[1])
    encoded = io.BytesIO()
    drawn.resize((width, height), Image.Resampling.BICUBIC).save(encoded, kind, **how)
    return encoded.getvalue()


def url(model: str) -> str:
    return f"/v1/models/{model}/predict"


def body(encoded: bytes, kind: str, model: str = "classic") -> Ask:
    return lambda http: http.post(url(model), content=encoded, headers={"Content-Type": kind})


def form(encoded: bytes, count: int, model: str = "classic") -> Ask:
    parts = [("image", (f"{number}.jpg", encoded)) for number in range(count)]
    return lambda http: http.post(url(model), files=parts)


def rows(count: int) -> Ask:
    drawn = sketches.draw(seed=1, train_rows=count, test_rows=0).train_x.reshape(count, -1)
    return body(json.dumps({"rows": drawn.tolist()}).encode(), "application/json")


SMALL, PNG = picture(213, 160, "JPEG", quality=90), picture(64, 64, "PNG")
ASKED: dict[str, Ask] = {
    "the process answers": lambda http: http.get("/livez"),
    "PNG, 64 x 64": body(PNG, "image/png"),
    "JPEG, 213 x 160": body(SMALL, "image/jpeg"),
    "JPEG, 4000 x 3000": body(picture(4000, 3000, "JPEG", quality=90), "image/jpeg"),
    "16 JPEGs, 213 x 160": form(SMALL, 16),
    "64 JPEGs, 213 x 160": form(SMALL, 64),
    "photos: PNG, 64 x 64": body(PNG, "image/png", "photos"),
    "photos: 16 JPEGs, 213 x 160": form(SMALL, 16, "photos"),
    "photos: 64 JPEGs, 213 x 160": form(SMALL, 64, "photos"),
    "1 row of 12,288": rows(1),
    "16 rows of 12,288": rows(16),
    "list of models": lambda http: http.get("/v1/models"),
}


def measured(service: Service, name: str, ask: Ask, looks: int, seconds: float) -> Json:
    """One client's milliseconds, and the answers in a second that eight get together."""
    address = str(service.http.base_url)
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
        alone = [timed(http, ask) for _ in range(looks + 5)][5:]

    def client(_: int) -> int:
        with httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
            until, count = time.perf_counter() + seconds, 0
            while time.perf_counter() < until:
                timed(http, ask)
                count += 1
            return count

    with ThreadPoolExecutor(CLIENTS) as pool:
        each_second = sum(pool.map(client, range(CLIENTS))) / seconds
    cuts = statistics.quantiles(alone, n=100)
    found = {"median": cuts[49], "p95": cuts[94], "p99": cuts[98], "answers_per_s": each_second}
    print(f"{name}: " + ", ".join(f"{key} {value:.2f}" for key, value in found.items()), flush=True)
    return found


def timed(http: httpx.Client, ask: Ask) -> float:
    began = time.perf_counter()
    ask(http).raise_for_status()
    return 1e3 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main())
