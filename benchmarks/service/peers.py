"""How many pictures a second the service answers on one core, beside LitServe and BentoML on the
same core with the same decoder and the same network; and how many two API processes answer.

Kept connections, 16 and 64, ask from another core, with a JPEG of about 20 KB and one of about 90
KB, turn by turn. The peers are installed apart, where `--peers` says:

    python3 -m venv FOLDER && FOLDER/bin/pip install litserve bentoml numpy pillow

Needs two cores; of two, the second API process shares its core with those who ask.
"""

import base64
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import httpx

from benchmarks import setting
from benchmarks.load import WARM_S
from benchmarks.running_service import Service
from benchmarks.service.one_core import SIZES, answered, keep_to_a_core, photo, publish
from benchmarks.service.peer_servers import COMMANDS, Subject, api_processes, peer, there
from worker.jsontypes import Json
from worker.store.store import Store

CONNECTIONS = (16, 64)
SECONDS = 2.0
FASTER, TWO = 2.0, 1.8  # times a peer, and times one process
DIFFERENCE = 1e-6  # between their answers
OURS, TWO_PROCESSES = "service", "two processes"


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=3)
    parser.add_argument("--peers", type=Path, help="the environment that has LitServe and BentoML")
    given = parser.parse_args()
    rounds, seconds = (1, 0.3) if given.quick else (given.rounds, SECONDS)
    keep_to_a_core()
    with ExitStack() as stack, setting.Strangers() as strangers:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = stack.enter_context(Service(1))
        publish(Store(service.folder))
        subjects = {
            OURS: stack.enter_context(api_processes(service, 1)),
            TWO_PROCESSES: stack.enter_context(api_processes(service, 2)),
        }
        for name in there(given.peers):
            subjects[name] = stack.enter_context(peer(name, given.peers, folder))
        found = {
            f"{size}, {connections} connections": measured(
                subjects, folder, size, connections, rounds, seconds
            )
            for size in SIZES
            for connections in CONNECTIONS
        }
    if not given.quick:
        about = {"seconds": seconds, "cores_that_others_used": strangers.cores, "asked": found}
        setting.save("peers", about)
    return int(not given.quick and not all(map(is_enough, found.values())))


def measured(
    subjects: dict[str, Subject],
    folder: Path,
    size: str,
    connections: int,
    rounds: int,
    seconds: float,
) -> Json:
    """The rate of each in every round, the 99th percentile, and milliseconds of processor for an
    answer, which other work on the machine changes less."""
    picture = photo(folder, size)
    in_json = picture.with_suffix(".json")
    in_json.write_text(json.dumps({"image": base64.b64encode(picture.read_bytes()).decode()}))
    bodies = {name: in_json if at.in_json else picture for name, at in subjects.items()}
    check_same(subjects, bodies)
    rates: dict[str, list[float]] = {name: [] for name in subjects}
    tails: dict[str, list[float]] = {name: [] for name in subjects}
    work: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, at in subjects.items():
            before = sum(map(setting.processor_seconds, at.pids))
            found = answered(at.port, at.path, bodies[name], connections, seconds)
            used = sum(map(setting.processor_seconds, at.pids)) - before
            rates[name].append(len(found) / seconds)
            tails[name].append(statistics.quantiles(found, n=100)[98])
            work[name].append(1e3 * used * seconds / (seconds + WARM_S) / len(found))
    about: Json = {"bytes": picture.stat().st_size}
    for name in subjects:
        seen = rates[name], tails[name], work[name]
        rate, tail, each = map(setting.spread, seen)
        about[name] = {"answers_per_s": rate, "p99_ms": tail, "processor_ms": each}
        tell(f"{size}, {connections} connections: {name}", about[name], about[OURS])
    return about


def tell(what: str, found: Json, ours: Json) -> None:
    rate, (low, high) = found["answers_per_s"]["median"], found["answers_per_s"]["quartiles"]
    print(
        f"{what} {rate:.0f}/s [{low:.0f}, {high:.0f}], p99 {found['p99_ms']['median']:.0f} ms, "
        f"{found['processor_ms']['median']:.1f} ms of processor for an answer; the service "
        f"{ours['answers_per_s']['median'] / rate:.2f} times",
        flush=True,
    )


def check_same(subjects: dict[str, Subject], bodies: dict[str, Path]) -> None:
    """Check that all say the same of a picture.

    Raises:
        RuntimeError: one does other work.
    """
    said = {}
    for name, at in subjects.items():
        kind = "application/json" if at.in_json else "image/jpeg"
        answer = httpx.post(
            f"http://127.0.0.1:{at.port}{at.path}",
            content=bodies[name].read_bytes(),
            headers={"Content-Type": kind},
            trust_env=False,
            timeout=30,
        )
        told = answer.raise_for_status().json()
        said[name] = told.get("predictions", [told])[0]["probabilities"]["cat"]
    if max(said.values()) - min(said.values()) > DIFFERENCE:
        raise RuntimeError(f"Expected the same answer of all, got {said}.")


def is_enough(about: Json) -> bool:
    """Whether the service is as much faster as it is meant to be, at no worse 99th percentile."""
    ours = about[OURS]
    twice = about[TWO_PROCESSES]["answers_per_s"]["median"]
    others = [about[name] for name in COMMANDS if name in about]
    return twice >= TWO * ours["answers_per_s"]["median"] and all(
        ours["answers_per_s"]["median"] >= FASTER * other["answers_per_s"]["median"]
        and ours["p99_ms"]["median"] <= other["p99_ms"]["median"]
        for other in others
    )


if __name__ == "__main__":
    sys.exit(main())
