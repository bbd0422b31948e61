"""Whether a service kept its promises while it was broken, judged by all invariants.

Each is named after what it demands, and gives a sentence for every breach. The numbers beside them
are those of the list in docs/reliability.md. `python -m tests.faults.checker case.json` judges a
saved case.
"""

import sys
from pathlib import Path
from typing import NamedTuple

from tests.faults.case import Case
from tests.faults.invariants import files, records, sweeps, work
from tests.faults.invariants.invariant import Invariant

INVARIANTS: dict[str, Invariant] = {
    check.__name__: check for room in (records, files, work, sweeps) for check in room.INVARIANTS
}


class Breach(NamedTuple):
    """One promise that was not kept."""

    invariant: str
    what: str


def breaches(case: Case) -> list[Breach]:
    return [Breach(name, what) for name, check in INVARIANTS.items() for what in check(case)]


def main(arguments: list[str]) -> bool:
    found = [breach for name in arguments for breach in breaches(Case.load(Path(name)))]
    for breach in found:
        print(f"{breach.invariant}: {breach.what}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
