"""How figures, findings and problems are said."""

import json
from collections.abc import Iterable
from typing import TypeAlias

from worker.jsontypes import Json

Fields: TypeAlias = Iterable[tuple[str, object]]
KIB = 1024
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def size(count: int) -> str:
    """Bytes in the largest unit of which there is at least one."""
    power = min(max(count.bit_length() - 1, 0) // 10, len(UNITS) - 1)
    return f"{count / KIB**power:.4g} {UNITS[power]}"


def percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f} %"


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def figure(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


def accuracy_with_interval(scores: Json) -> str | None:
    """An accuracy and the interval in which the true one lies nineteen times of twenty."""
    interval = scores.get("accuracy_interval")
    text = percent(scores.get("accuracy"))
    return f"{text} [{percent(interval[0])}, {percent(interval[1])}]" if interval else text


def tested_accuracy(trained: Json) -> str | None:
    return accuracy_with_interval((trained.get("result") or {}).get("test") or {})


def problem_of(record: Json) -> str:
    """Why a dataset was rejected or a job failed, in the service's words."""
    problem = record.get("problem") or {}
    return f"{problem.get('detail', 'No reason was given.')} ({problem.get('code', 'unknown')})"


def problem_fields(record: Json) -> Fields:
    if record.get("problem"):
        yield "problem", problem_of(record)


def finding_fields(record: Json) -> Fields:
    """What the checks or the doctor found, and what would help."""
    for finding in record.get("findings") or ():
        yield finding["severity"], f"{finding['message']} ({finding['code']})"
        for change in finding.get("patch") or ():
            yield "would help", f"{change['path']} = {json.dumps(change.get('value'))}"
        if finding.get("edit"):
            yield "would help", f"edit by {json.dumps(finding['edit'])}"


def tags_of(labelled: Json) -> str | None:
    return ", ".join(labelled.get("tags") or ()) or None


def label_fields(labelled: Json) -> Fields:
    yield "tags", tags_of(labelled)
    yield "notes", labelled.get("notes") or None
