"""What came of a run, as a short table and as JSON."""

import json
import platform
import statistics
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.case import recoveries
from tests.faults.faults import VICTIMS
from tests.faults.runs import Outcome
from tests.faults.subject import ROOT
from worker.jsontypes import Json

COLUMNS = ("scenario", "size", "jobs", "faults", "seconds", "breaches")


def report(outcomes: Sequence[Outcome]) -> Json:
    """Counts, seeds and durations of each scenario, and how soon the lost was found again."""
    leases = sorted({outcome.case.settings["lease_s"] for outcome in outcomes})
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": {"cpu": platform.machine(), "system": platform.platform()},
        "scenarios": [summary(outcome) for outcome in outcomes],
        "recovery": [
            recovery(outcomes, lease_s, victim) for lease_s in leases for victim in VICTIMS
        ],
    }


def summary(outcome: Outcome) -> Json:
    case = outcome.case
    return {
        "scenario": "+".join(outcome.parts),
        "size": sum(outcome.parts.values()),
        "seed": outcome.seed,
        "seconds": round(outcome.seconds, 1),
        "jobs": len(case.jobs),
        "states": Counter(case.record(job).get("state", "absent") for job in case.jobs),
        "requests": len(case.of("submit")) + len(case.of("cancel")),
        "faults": Counter(entry["kind"] for entry in case.of("fault")),
        "steps_to_disk": len(case.steps),
        "breaches": [breach._asdict() for breach in outcome.breaches],
        "stuck": [entry["why"] for entry in case.of("stuck")],
    }


def recovery(outcomes: Sequence[Outcome], lease_s: float, victim: str) -> Json:
    """Seconds from a kill to the notice of it, and to the next attempt."""
    alike = [outcome for outcome in outcomes if outcome.case.settings["lease_s"] == lease_s]
    found = [one for outcome in alike for one in recoveries(outcome.case)]
    mine = [one for one in found if one.victim == victim]
    return {
        "lease_s": lease_s,
        "victim": victim,
        "noticed_s": spread([one.noticed_s for one in mine]),
        "resumed_s": spread([one.resumed_s for one in mine if one.resumed_s is not None]),
    }


def spread(values: Sequence[float]) -> Json:
    """Median, 95th percentile and maximum of some seconds."""
    if not values:
        return {"count": 0}
    ordered = sorted(max(0.0, value) for value in values)
    ninety_fifth = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    figures = {"median": statistics.median(ordered), "p95": ninety_fifth, "max": ordered[-1]}
    return {"count": len(ordered), **{name: round(value, 3) for name, value in figures.items()}}


def table(found: Json) -> str:
    """The report for the eye."""
    lines = ["{:16} {:>6} {:>6} {:>7} {:>8} {:>9}".format(*COLUMNS)]
    for one in found["scenarios"]:
        faults, breaches = sum(one["faults"].values()), len(one["breaches"]) + len(one["stuck"])
        lines.append(
            f"{one['scenario']:16} {one['size']:>6} {one['jobs']:>6} {faults:>7} "
            f"{one['seconds']:>8.1f} {breaches:>9}"
        )
    for times in found["recovery"]:
        for what in ("noticed", "resumed"):
            about = f"lease {times['lease_s']:g} s, {times['victim']} killed, {what}"
            lines.append(line_of(about, times[f"{what}_s"]))
    return "\n".join(lines)


def line_of(what: str, figures: Json) -> str:
    if not figures["count"]:
        return f"{what:40} never"
    return (
        f"{what:40} {figures['count']:>4} times, after {figures['median']:.3f} s in the median, "
        f"{figures['p95']:.3f} s for 95 of 100, {figures['max']:.3f} s at most"
    )


def write(path: Path, found: Json) -> None:
    path.write_text(f"{json.dumps(found, indent=1)}\n")


def commit() -> Any:
    """What is checked out, None outside of a repository."""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return asked.stdout.strip() or None
