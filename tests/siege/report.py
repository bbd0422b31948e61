"""What came of a siege, as a table and as JSON."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.report import commit
from tests.siege.attack import ATTACKS
from tests.siege.bounds import mib
from tests.siege.runs import Outcome
from worker.jsontypes import Json
from worker.system.machine import cores

COLUMNS = ("attack", "size", "API, MiB", "all, MiB", "`/livez`, s", "seconds")


def report(outcomes: Sequence[Outcome]) -> Json:
    """All figures of every attack."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {"system": platform.platform(), "cores": cores()},
        "attacks": [
            {
                "attack": outcome.name,
                "size": outcome.size,
                "bounds": _plain(asdict(ATTACKS[outcome.name].bounds)),
                "found": asdict(outcome.found),
                "breaches": outcome.breaches,
            }
            for outcome in outcomes
        ],
    }


def _plain(bounds: Json) -> Json:
    """Bounds as JSON can say them."""
    return {key: sorted(v) if isinstance(v, frozenset) else v for key, v in bounds.items()}


def write(path: Path, found: Json) -> None:
    path.write_text(f"{json.dumps(found, indent=1)}\n")


def line(outcome: Outcome) -> str:
    kept = "; ".join(outcome.breaches) or "every bound kept"
    return f"{outcome.name} {outcome.size}, {outcome.found.seconds:.0f} s: {kept}"


def table(outcomes: Sequence[Outcome]) -> str:
    """A row for each attack: the most memory by which the API grew, the most of all processes, and
    the longest wait for `/livez`."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *map(_row, outcomes)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(outcome: Outcome) -> tuple[str, ...]:
    found, most = outcome.found, outcome.found.seen["most"]
    livez_s = found.seen["answers"]["livez"]["longest_s"]
    return (
        ATTACKS[outcome.name].about,
        f"{outcome.size:,}",
        f"{mib(found.grown_bytes):,}",
        f"{mib(most['service_bytes']):,}",
        f"{livez_s:.2f}",
        f"{found.seconds:.0f}",
    )
