"""What a service is asked before and after an upgrade, and whether it says the same."""

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from worker.jsontypes import Json

ANY = ("request_id", "bytes")  # what differs, or grows when more is kept of the same


def questions(ids: Json, uploads: tuple[list[Path], Path]) -> Iterator[Json]:
    """Yields requests that change nothing, to a service that has what `ids` name."""
    (x_file, _), _ = uploads
    x = np.load(x_file)[:5]
    array = io.BytesIO()
    np.save(array, x)
    rows = {"rows": [{"age": 3, "colour": "red", "weight": 4.5}, [2, "blue", None]]}
    for model in ("cats", "seen", "twin"):
        body = base64.b64encode(array.getvalue()).decode()
        yield {"method": "POST", "path": f"/v1/models/{model}/predict", "array": body}
    yield {"method": "POST", "path": "/v1/models/animals/predict", "json": rows}
    flat = {"rows": x.reshape(len(x), -1).tolist()}
    yield {"method": "POST", "path": "/v1/models/cats/aliases/tested/predict", "json": flat}
    for path in (
        "/v1/models/cats", "/v1/models/cats/versions", "/v1/models/cats/aliases",
        "/v1/models/cats/versions/1/evaluation", "/v1/models/cats/versions/1/weights.safetensors",
        "/v1/models/animals/versions/1", "/v1/models/seen/versions/1/evaluation",
        f"/v1/datasets/{ids['pictures']}", f"/v1/datasets/{ids['pictures']}/versions",
        f"/v1/datasets/{ids['version']}", f"/v1/datasets/{ids['table']}/statistics",
        f"/v1/datasets/{ids['pictures']}/rows/3", "/v1/jobs?model=cats", "/v1/jobs?tag=small",
        f"/v1/jobs/{ids['paused']}", f"/v1/predictions/{ids['scoring']}",
        f"/v1/predictions/{ids['scoring']}/results", "/v1/models?state=trashed",
    ):  # fmt: skip
        yield {"method": "GET", "path": path}


def asked(http: httpx.Client, question: Json) -> Json:
    """Returns a question with what the service says to it."""
    body: Json = {}
    if "array" in question:
        body = {"content": base64.b64decode(question["array"])}
    elif "json" in question:
        body = {"json": question["json"]}
    answer = http.request(question["method"], question["path"], **body).raise_for_status()
    if answer.headers["content-type"].startswith("application/json"):
        return {**question, "says": answer.json()}
    return {**question, "sha256": hashlib.sha256(answer.content).hexdigest()}


def lacking(then: Any, now: Any, at: str = "") -> Iterator[str]:
    """Yields what was said then and is not said now, or otherwise; there may be more now."""
    if isinstance(then, dict) and isinstance(now, dict):
        for name, value in then.items():
            if name not in now:
                yield f"{at}/{name} is missing"
            elif name not in ANY:
                yield from lacking(value, now[name], f"{at}/{name}")
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from lacking(one, other, f"{at}/{number}")
    elif then != now:
        yield f"{at} was {then!r:.80} and is {now!r:.80}"


def weights_of(data: Path, model: str) -> str:
    """Returns the digest of the weights of a model's first version."""
    manifest = json.loads((data / "models" / model / "1" / "manifest.json").read_text())
    return str(manifest["digest"])
