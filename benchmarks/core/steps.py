"""Steps per second of the training core beside its peers, at six workloads.

All start from the same weights and take the same batches in the same order, so their losses must
agree; scikit-learn draws its own batches, and its losses must come near. A turn is timed from its
first step to its last, after a warm-up in which libraries compile.
"""

import argparse
import sys
from contextlib import ExitStack

from benchmarks import setting
from benchmarks.core.peers import COMPETITORS, OWN_BATCHES, AnyWorkload
from benchmarks.core.turns import Competitor, take_turns
from benchmarks.core.workloads import WORKLOADS
from worker.jsontypes import Json

BASE = "pytorch"
NEAR = 0.01  # by which losses may differ from PyTorch's, as a share
OWN_NEAR = 0.05  # the same, from batches of its own
QUICK = ("E",)
# Compiles for a minute and a half in all, and is nowhere ahead; --competitors may name it.
ASIDE = ("pytorch_compiled_step",)


def compare(workload: AnyWorkload, names: list[str], rounds: int, threads: int) -> Json:
    """The competitors that can be run here, taking turns."""
    with ExitStack() as stack:
        started = [stack.enter_context(Competitor(name, workload, threads)) for name in names]
        ready = [competitor for competitor in started if competitor.warmed_up()]
        losses = take_turns(ready, rounds)
    return {
        "sizes": {**workload._asdict(), "parameters": workload.parameters},
        "microseconds_per_step": {c.name: spread_of(c, rounds) for c in ready},
        "microseconds_of_every_turn": {c.name: [1e6 * s for s in c.seconds] for c in ready},
        "cores_that_others_used": {c.name: c.strangers for c in ready},
        "left_out": [c.name for c in started if c not in ready],
        **compare_losses(losses),
    }


def spread_of(competitor: Competitor, rounds: int) -> Json:
    return setting.spread([1e6 * competitor.seconds[turn] for turn in competitor.best(rounds)])


def compare_losses(losses: dict[str, float]) -> Json:
    theirs = losses.get(BASE, next(iter(losses.values())))
    differences = {name: abs(loss / theirs - 1) for name, loss in losses.items()}
    allowed = {name: OWN_NEAR if name in OWN_BATCHES else NEAR for name in losses}
    return {
        "losses": losses,
        "differences_of_losses": differences,
        "allowed_differences": allowed,
        "same_losses": all(differences[name] < allowed[name] for name in losses),
    }


def tell(name: str, found: Json) -> None:
    for who, numbers in found["microseconds_per_step"].items():
        low, high = numbers["quartiles"]
        print(
            f"{name:2} {who:21} {numbers['median']:9.1f} us [{low:.1f}, {high:.1f}], loss "
            f"{found['losses'][who]:.5f}, differs by {found['differences_of_losses'][who]:.1e}",
            flush=True,
        )
    for who in found["left_out"]:
        print(f"{name:2} {who:21} could not be run", flush=True)


def arguments() -> argparse.Namespace:
    parser = setting.arguments(__doc__ or "", rounds=5)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, help="only these")
    parser.add_argument("--competitors", nargs="+", choices=COMPETITORS, help="only these")
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    rounds = 1 if asked.quick else asked.rounds
    everything = not (asked.quick or asked.workloads or asked.competitors)
    names = asked.workloads or (QUICK if asked.quick else WORKLOADS)
    found = {}
    for name in names:
        competitors = asked.competitors or [who for who in COMPETITORS if who not in ASIDE]
        if not asked.quick:
            setting.wait_for_quiet()
        found[name] = compare(WORKLOADS[name], competitors, rounds, asked.threads)
        tell(name, found[name])
    if everything:
        about = {"threads": asked.threads, "rounds": rounds}
        setting.save("steps", {**about, "workloads": found})
    good = all(one["same_losses"] and not one["left_out"] for one in found.values())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
