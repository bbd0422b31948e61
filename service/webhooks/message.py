"""What a webhook says, and how it is signed (Standard Webhooks 1.0)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from worker.jobs.record import Record, State
from worker.jsontypes import Json

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
MAX_DETAIL = 1_000  # characters of a problem's detail, so that the message stays under 20 kB


def keys_of(secrets: str) -> list[bytes]:
    """Returns the keys in `whsec_… whsec_…`; there are two while one is being replaced.

    Raises:
        ValueError: there is none, or one of them is not valid.
    """
    keys = [key_of(secret) for secret in secrets.split()]
    if not keys or None in keys:
        raise ValueError(
            "Expected `whsec_` and the base64 of 24 to 64 bytes, several with blanks between "
            "them; `echo whsec_$(openssl rand -base64 32)` prints one"
        )
    return [key for key in keys if key]


def key_of(secret: str) -> bytes | None:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        return None
    return key if secret.startswith(PREFIX) and len(key) in KEY_BYTES else None


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one with each key, so that receivers may have either."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def payload(record: Record, kind: str) -> bytes:
    """The body: which job ended, when and how; `GET /v1/jobs/{id}` has the rest.

    It is made of what no longer changes, so every try sends the same bytes.
    """
    published = record.state is State.SUCCEEDED and record.version is not None
    data = {
        "id": record.id,
        "state": record.state,
        "dataset": record.body.get("dataset"),
        "model": {"name": record.body["model"], "version": record.version} if published else None,
        "result": scores(record.result) if record.result else None,
        "problem": shortened(record.problem) if record.problem else None,
    }
    body = {"type": kind, "timestamp": rfc3339(record.finished_at), "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def scores(result: Json) -> Json:
    """The loss and the accuracy on each split."""
    return {
        split: {name: result[split][name] for name in ("loss", "accuracy")}
        for split in ("train", "validation", "test")
        if result.get(split)
    }


def shortened(problem: Json) -> Json:
    return {"code": problem["code"], "detail": problem["detail"][:MAX_DETAIL]}


def rfc3339(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
