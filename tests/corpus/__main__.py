"""Sends the whole service every upload of the corpus: `make corpus`."""

import argparse
import os
import secrets
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.conftest import running_service
from tests.corpus.replay import Outcome, all_cases, replayed
from tests.service.api import Api


def main(arguments: list[str]) -> int:
    """0 when every upload became what it should."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--only", default="", help="a part of the cases' names")
    asked = parser.parse_args(arguments)
    cases = [case for case in all_cases() if asked.only in case.name]
    # What a file that reads its surroundings would find.
    os.environ["PURR_CANARY"] = secret = secrets.token_hex(16)
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="purr-", dir="/tmp") as folder:
        place = Path(folder)
        with running_service(place) as launcher, Api.at(launcher.address) as api:
            for outcome in replayed(api, cases, place / "data", secret):
                outcomes.append(outcome)
                if outcome.fault:
                    print(f"{outcome.case.name}: {outcome.fault}", flush=True)
    print(summary(outcomes))
    return int(any(outcome.fault for outcome in outcomes))


def summary(outcomes: list[Outcome]) -> str:
    codes = Counter(outcome.code for outcome in outcomes)
    seconds = [outcome.seconds for outcome in outcomes]
    faults = sum(outcome.fault is not None for outcome in outcomes)
    told = ", ".join(f"{number:,} {code}" for code, number in codes.most_common())
    return (
        f"{len(outcomes):,} uploads: {told}. Median {statistics.median(seconds):.2f} s, slowest "
        f"{max(seconds):.2f} s. {faults} faults."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
