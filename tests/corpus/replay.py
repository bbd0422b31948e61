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

CANARY = "canary"  # a file beside those of the service, to which some uploads point
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
        secret: what only the service knows: nobody may be told, and no dataset may have it.
    """
    (data / CANARY).write_text(secret)
    for case in cases:
        code, said, seconds, where = sent(api, case)
        fault = case.fault(code, said)
        if secret in said or (where and holds(data / "datasets" / Path(where).name, secret)):
            fault = "the secret was told"
        elif seconds > MOST_S:
            fault = f"expected an answer within {MOST_S:.0f} s, got one after {seconds:.1f}"
        elif code != READY and not is_sound(api):
            fault = "the sound upload after it was refused"
        elif left := [*data.glob("uploads/*")]:
            fault = f"{left[0].name} was left in uploads"
        if where:
            api.http.delete(where)
        yield Outcome(case, code, seconds, fault)


def is_sound(api: Api) -> bool:
    """Whether a sound upload becomes a dataset."""
    code, _, _, where = sent(api, SOUND)
    if where:
        api.http.delete(where)
    return code == READY


def holds(folder: Path, secret: str) -> bool:
    """Whether any file in a folder has the secret."""
    return any(secret.encode() in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def sent(api: Api, case: Case) -> tuple[str, str, float, str | None]:
    """Returns the code of what became of a case, what was said, after how many seconds, and the
    address of the dataset, if there is one."""
    began = time.monotonic()
    files = [("file", named) for named in case.files.items()]
    answer = api.http.post("/v1/datasets", params={**case.query}, files=files)
    if answer.status_code != httpx.codes.ACCEPTED:
        body = answer.json()
        return body["code"], body["detail"], time.monotonic() - began, None
    where = answer.headers["location"]
    dataset = api.poll(where, lambda body: body["state"] != "importing")
    return *said_of(dataset), time.monotonic() - began, where
