"""Trains what docs/learning.md and its neighbours tell of, over HTTP, and writes the plots, the
numbers and the specs."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.learning import contour_plot, contours, specs
from benchmarks.learning.experiments import EXPERIMENTS, RATE_EPOCHS
from benchmarks.learning.learning_page import FIGURES, NUMBERS, write_pages
from benchmarks.learning.lines import EPOCHS, SEEDS, Experiment
from benchmarks.learning.measures import DIGITS, GUESS, Run, measures
from benchmarks.learning.plots import draw
from benchmarks.learning.samples import TEST_ROWS, TRAIN_ROWS
from benchmarks.learning.sizes import BATCH, STEP_SEEDS
from benchmarks.learning.summaries import batches, best_rates, by_size, first_steps
from benchmarks.learning.trials import Trials
from benchmarks.pages import entries
from benchmarks.running_service import Service
from benchmarks.setting import Strangers
from worker.jsontypes import Json

CONTOURS = "contours"  # paths of two weights, whose rates are found here


# What is told of several lines together, by the name of the experiment: its own name, and how it is
# made of the lines.
TOGETHER: dict[str, tuple[str, Callable[[Json], Json]]] = {
    "rates": ("best_rates", best_rates),
    "first_step": ("first_steps", first_steps),
    "capacity": ("by_size", by_size),
}


def main() -> None:
    names = [*(experiment.name for experiment in EXPERIMENTS), CONTOURS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that it runs; writes nothing")
    parser.add_argument("--only", choices=names, nargs="+", default=names, help="these figures")
    asked = parser.parse_args()
    if asked.quick:
        tried_once(EXPERIMENTS[0])
        return
    started = time.monotonic()
    FIGURES.mkdir(exist_ok=True)
    chosen = [experiment for experiment in EXPERIMENTS if experiment.name in asked.only]
    with Service(threads=1) as service:
        trials = Trials(service)
        for experiment in chosen:
            if experiment is not BATCH:
                write(experiment, trials.of(experiment))
        if CONTOURS in asked.only:
            draw_contours(trials)
    if BATCH in chosen:
        measure_batches()
    write_pages()
    print(f"wrote the figures and the pages after {time.monotonic() - started:.0f} s")


def tried_once(experiment: Experiment) -> None:
    """Run one line, and measure and draw it."""
    line = experiment.lines[0]
    with Service(threads=1) as service, tempfile.TemporaryDirectory() as folder:
        runs = [Trials(service).run(line, SEEDS[0])]
        alone = experiment._replace(lines=(line,))
        draw(alone, {line.name: runs}, Path(folder) / "figure.svg")
    print(measures(line, runs))


def measure_batches() -> None:
    """The experiment that tells of times, and so of what others had the machine do meanwhile."""
    # The service ends first: only of what has ended is it known what it did itself.
    with Strangers() as strangers, Service(threads=1) as service:
        runs = Trials(service).of(BATCH)
    write(BATCH, runs)
    keep({"batches": batches(runs, strangers.cores)})


def draw_contours(trials: Trials) -> None:
    print("The cost over two weights …", flush=True)
    found = contours.everywhere()
    contour_plot.draw(found, FIGURES / f"{CONTOURS}.svg")
    keep({CONTOURS: contours.gone(trials, found)})


def write(experiment: Experiment, runs: Mapping[str, Sequence[Run]]) -> None:
    """Write one experiment's plot and numbers; what was known of others stays as it is."""
    draw(experiment, runs, FIGURES / f"{experiment.name}.svg")
    lines = numbers_of(experiment, runs)
    found: Json = {experiment.name: lines, "about": about()}
    if experiment.name in TOGETHER:
        name, made_of = TOGETHER[experiment.name]
        found[name] = made_of(lines)
    keep(found)


def keep(found: Json) -> None:
    """Write these numbers beside those that are known."""
    known = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    NUMBERS.write_text(entries(known | found, levels=2) + "\n")
    specs.write(known | found)


def numbers_of(experiment: Experiment, runs: Mapping[str, Sequence[Run]]) -> Json:
    """All that the pages tell of an experiment, with the specs that it is told of."""
    return {
        line.name: {
            "title": line.title,
            "spec": line.spec,
            **measures(line, runs[line.name]),
        }
        for line in experiment.lines
    }


def about() -> Json:
    """What all experiments have in common."""
    jobs = [len(e.seeds) for e in EXPERIMENTS for line in e.lines if line.trained]
    ways = len(contours.FED) * len(contours.KINDS)
    return {
        "seeds": len(SEEDS),
        "jobs": sum(jobs) + ways,
        "epochs": EPOCHS,
        "rate_epochs": RATE_EPOCHS,
        "step_seeds": len(STEP_SEEDS),
        "train_rows": TRAIN_ROWS,
        "test_rows": TEST_ROWS,
        "guess": float(f"{GUESS:.{DIGITS}g}"),
    }


if __name__ == "__main__":
    main()
