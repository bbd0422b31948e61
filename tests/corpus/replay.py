"""Sends all cases to a service, one after the other, and looks whether it kept its word."""

import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.corpus import archives, arrays, kinds, links, tables
from tests.corpus.case import READY, Case, said_of
from tests.service.api import Api

MOST_S = 10.0  # from an upload to what became of it
SOUND = archives.case("sound", archives.folders(), "zip")


class Outcome(NamedTuple):
    """What became of a case.

    Attributes:
        code: of its end.
        seconds: until that.
        fault: what was wrong; None where nothing was.
    """

    case: Case
    code: str
    seconds: float
    fault: str | None


def all_cases() -> list[Case]:
    return [*chain(archives.cases(), arrays.cases(), links.cases(), tables.cases(), kinds.cases())]


def replayed(api: Api, cases: Iterable[Case], data: Path, secret: str) -> Iterator[Outcome]:
    """Yields what becomes of each case; after a refusal a sound upload must be ready.

    Args:
        data: the service's folder, in which nothing may be left of what was refused.
        secret: what only the service knows, and nobody may be told.
    """
    for case in cases:
        code, said, seconds = sent(api, case)
        fault = case.fault(code, said)
        if secret in said:
            fault = "the secret was told"
        elif seconds > MOST_S:
            fault = f"expected an answer within {MOST_S:.0f} s, got one after {seconds:.1f}"
        elif code != READY and sent(api, SOUND)[0] != READY:
            fault = "the sound upload after it was refused"
        elif left := [*data.glob("uploads/*")]:
            fault = f"{left[0].name} was left in uploads"
        yield Outcome(case, code, seconds, fault)


def sent(api: Api, case: Case) -> tuple[str, str, float]:
    """Returns the code of what became of a case, what was said, and after how many seconds."""
    began = time.monotonic()
    files = [("file", named) for named in case.files.items()]
    answer = api.http.post("/v1/datasets", params={**case.query}, files=files)
    if answer.status_code != httpx.codes.ACCEPTED:
        body = answer.json()
        return body["code"], body["detail"], time.monotonic() - began
    where = answer.headers["location"]
    dataset = api.poll(where, lambda body: body["state"] != "importing")
    seconds = time.monotonic() - began
    api.http.delete(where)
    return *said_of(dataset), seconds
