"""The course's training: in this project, in PyTorch and in plain NumPy, side by side.

12288-20-7-5-1 on all 209 rows by gradient descent; the same pictures, starting weights and
threads for all. Each run is a process of its own, because the threads of two matrix libraries in
one process get in each other's way; the runs take turns, so that noise meets all of them.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import setting
from benchmarks.core.course import Course, Run, course_of
from benchmarks.core.course_competitors import COMPETITORS
from benchmarks.pictures import pictures
from worker.jsontypes import Json

EPOCHS = 2_500
WARM_UP = 20  # epochs before the clock starts
TRIES = 3  # a run is repeated while others keep a tenth of a core busy
NEAR = 0.01  # by which losses may differ, as a share
# At this learning rate the cost turns unsteady and multiplies differences of rounding: other last
# bits of the pictures change the notebook's own cost at epoch 1,000 by 0.4 % in float32. Until the
# losses part, all compute the same; afterwards each its own.
SAME_UNTIL = {"float32": 500, "float64": 2_500}


class Plan(NamedTuple):
    """What every run of a comparison has in common."""

    precision: str
    epochs: int
    threads: int
    tries: int = TRIES

    def course(self, folder: Path) -> Course:
        return course_of(self.precision, self.epochs, self.threads, folder)


def run_here(name: str, plan: Plan) -> None:
    """One run, in this process; the answer is a line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        if name != "job":
            COMPETITORS[name](plan._replace(epochs=WARM_UP).course(Path(folder)))
        run = COMPETITORS[name](plan.course(Path(folder)))
    print(json.dumps(run._asdict()))


def run_apart(name: str, plan: Plan) -> Run:
    """One run, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.core.training", "--one", name]
    command += ["--precision", plan.precision, "--epochs", str(plan.epochs)]
    command += ["--threads", str(plan.threads)]
    env = setting.environment(plan.threads)
    with setting.Strangers() as strangers:
        done = subprocess.run(
            command, cwd=setting.ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True
        )
    run = Run(**json.loads(done.stdout.splitlines()[-1]))
    return run._replace(strangers=strangers.cores)


def undisturbed(name: str, plan: Plan, disturbed: list[float]) -> Run:
    """A run during which others left the cores alone, or else the least disturbed of a few; the
    seconds of the others are kept."""
    runs: list[Run] = []
    while len(runs) < plan.tries:
        if runs:
            setting.wait_for_quiet()
        run = run_apart(name, plan)
        runs.append(run)
        told = f"{run.seconds:7.2f} s, others {run.strangers:.2f}"
        print(f"{plan.precision} {name:12} {told}", flush=True)
        if run.strangers < setting.QUIET_CORES:
            break
    best = min(runs, key=lambda run: run.strangers)
    disturbed += [run.seconds for run in runs if run is not best]
    return best


def compare(plan: Plan, rounds: int) -> Json:
    """All competitors, taking turns."""
    runs: dict[str, list[Run]] = {name: [] for name in COMPETITORS}
    disturbed: dict[str, list[float]] = {name: [] for name in COMPETITORS}
    for _ in range(rounds):
        for name, done in runs.items():
            done.append(undisturbed(name, plan, disturbed[name]))
    return {
        "seconds": {
            name: setting.spread([run.seconds for run in done]) for name, done in runs.items()
        },
        **compare_losses({name: done[0].losses for name, done in runs.items()}, plan.precision),
        "cores_that_others_used": {
            name: [run.strangers for run in done] for name, done in runs.items()
        },
        "seconds_of_disturbed_runs": disturbed,
    }


def compare_losses(losses: dict[str, dict[int, float]], precision: str) -> Json:
    differences = {
        epoch: max(abs(found[epoch] / theirs - 1) for found in losses.values())
        for epoch, theirs in losses["pytorch"].items()
    }
    until = SAME_UNTIL[precision]
    return {
        "losses": losses,
        "largest_difference_of_losses": differences,
        "same_losses": all(d < NEAR for epoch, d in differences.items() if int(epoch) <= until),
        "same_losses_until_epoch": until,
    }


def tell(precision: str, found: Json) -> None:
    base = found["seconds"]["pytorch"]["median"]
    for name, seconds in found["seconds"].items():
        low, high = seconds["quartiles"]
        share = seconds["median"] / base
        print(
            f"{precision} {name:12} {seconds['median']:6.2f} s [{low:.2f}, {high:.2f}] "
            f"{share:5.2f} of PyTorch's"
        )
    for epoch, difference in found["largest_difference_of_losses"].items():
        print(f"{precision} losses before epoch {epoch} differ by up to {difference:.1e}")


def main() -> int:
    parser = setting.arguments(__doc__ or "", rounds=2)
    parser.add_argument("--one", choices=COMPETITORS, help="run this once, in this process")
    parser.add_argument("--precision", choices=("float32", "float64"), help="only this one")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    asked = parser.parse_args()
    plan = Plan(asked.precision or "float32", asked.epochs, asked.threads)
    if asked.one:
        run_here(asked.one, plan)
        return 0
    rounds, precisions = asked.rounds, ["float32", "float64"]
    if asked.quick:
        plan, rounds = plan._replace(epochs=100, tries=1), 1
    if asked.quick or asked.precision:
        precisions = [plan.precision]
    with tempfile.TemporaryDirectory() as folder:
        about: Json = {"data": pictures(Path(folder)).name, "rounds": rounds}
    about["sizes"] = {"widths": [12288, 20, 7, 5, 1], "rows": 209, "epochs": plan.epochs}
    about["threads"] = asked.threads
    same = True
    for precision in precisions:
        found = compare(plan._replace(precision=precision), rounds)
        tell(precision, found)
        same = same and found["same_losses"]
        if not asked.quick:
            setting.save(f"training_{precision}", {**about, **found})
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
