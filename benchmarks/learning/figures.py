"""Trains what docs/learning.md tells of, over HTTP, and writes its plots and its numbers."""

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.learning.experiments import (
    DEFAULTS,
    EPOCHS,
    EXPERIMENTS,
    RATE_EPOCHS,
    RATES,
    SEEDS,
    Experiment,
    plain,
)
from benchmarks.learning.learning_page import FIGURES, NUMBERS, PAGE, write_page
from benchmarks.learning.measures import DIGITS, GUESS, LEARNED, Run, measures
from benchmarks.learning.plots import draw
from benchmarks.running_service import FINAL, Service
from service.cli.samples import draw_files
from worker.jsontypes import Json

Runs = Mapping[str, Mapping[str, Sequence[Run]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that it runs; writes nothing")
    parser.add_argument("--only", choices=[e.name for e in EXPERIMENTS], help="this experiment")
    asked = parser.parse_args()
    chosen = [e for e in EXPERIMENTS if asked.only in (None, e.name)]
    if asked.quick:
        measured_once(chosen[0])
        return
    started = time.monotonic()
    write(all_runs(chosen))
    print(f"wrote {PAGE.name} and its figures after {time.monotonic() - started:.0f} s")


def measured_once(experiment: Experiment) -> None:
    """Train one job, and measure and draw it."""
    line = experiment.lines[0]
    with Service(threads=1) as service, tempfile.TemporaryDirectory() as folder:
        dataset = service.upload(draw_files(Path(folder)))
        runs = [ended(service, {**line.spec, "dataset": dataset, "seed": SEEDS[0]})]
        alone = experiment._replace(lines=experiment.lines[:1])
        draw(alone, {line.name: runs}, Path(folder) / "figure.svg")
    print(measures(line, runs))


def all_runs(chosen: Sequence[Experiment]) -> Runs:
    with Service(threads=1) as service, tempfile.TemporaryDirectory() as folder:
        dataset = service.upload(draw_files(Path(folder)))
        return {e.name: tried(service, dataset, e) for e in chosen}


def tried(service: Service, dataset: str, experiment: Experiment) -> dict[str, list[Run]]:
    print(f"{experiment.title} …", flush=True)
    return {
        line.name: [ended(service, {**line.spec, "dataset": dataset, "seed": s}) for s in SEEDS]
        for line in experiment.lines
    }


def ended(service: Service, spec: Json) -> Run:
    """The job as it ended: that it diverges may be just what is to be shown."""
    job = service.submit({"model": "learning", **spec})
    while job["state"] not in FINAL:
        job = service.http.get(f"/v1/jobs/{job['id']}?wait=30").raise_for_status().json()
    code = (job["problem"] or {}).get("code")
    if job["state"] != "succeeded" and code != "diverged":
        raise RuntimeError(f"Expected a job that succeeds or diverges, got {job}.")
    return Run(job, service.metrics(job["id"]))


def write(runs: Runs) -> None:
    """Write the plots, the numbers, and the page with the numbers in it; those of experiments that
    were not tried stay as they are."""
    FIGURES.mkdir(exist_ok=True)
    tried_now = [experiment for experiment in EXPERIMENTS if experiment.name in runs]
    for experiment in tried_now:
        draw(experiment, runs[experiment.name], FIGURES / f"{experiment.name}.svg")
    before = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    told = before | {e.name: numbers_of(e, runs[e.name]) for e in tried_now}
    told |= {"about": about(runs), "best_rates": best_rates(told["rates"])}
    NUMBERS.write_text(json.dumps(told, indent=1) + "\n")
    write_page()


def numbers_of(experiment: Experiment, runs: Mapping[str, Sequence[Run]]) -> Json:
    """All that the page tells of an experiment, with the specs that it is told of."""
    return {
        line.name: {
            "title": line.title,
            "spec": line.spec,
            **measures(line, runs[line.name]),
        }
        for line in experiment.lines
    }


def about(runs: Runs) -> Json:
    """What all experiments have in common."""
    lines = next(iter(runs.values()))
    job = next(iter(lines.values()))[0].job
    return {
        "seeds": len(SEEDS),
        "jobs": sum(len(e.lines) for e in EXPERIMENTS) * len(SEEDS),
        "epochs": EPOCHS,
        "rate_epochs": RATE_EPOCHS,
        "train_rows": job["result"]["train"]["rows"],
        "test_rows": job["result"]["test"]["rows"],
        "guess": float(f"{GUESS:.{DIGITS}g}"),
    }


def best_rates(lines: Json) -> Json:
    """For each optimizer the rate with the lowest loss, the one that leaps least, and those between
    which it learns."""
    found: Json = {}
    for kind in DEFAULTS:
        by_rate = {rate: lines[f"{kind}_{plain(rate)}"] for rate in RATES}
        losses = {rate: line["loss"] for rate, line in by_rate.items() if line["loss"] is not None}
        learning = [rate for rate, loss in losses.items() if loss < LEARNED]
        best = min(losses, key=losses.__getitem__)
        calmest = min(losses, key=lambda rate, by_rate=by_rate: by_rate[rate]["late_peak"])
        # Momentum's default lies between two rates of the row.
        default = by_rate.get(DEFAULTS[kind], {})
        found[kind] = {
            "title": kind,
            "rate": best,
            **{key: by_rate[best][key] for key in ("loss", "late_peak", "test_accuracy")},
            "default_late_peak": default.get("late_peak"),
            "calmest_rate": calmest,
            "calmest_late_peak": by_rate[calmest]["late_peak"],
            "lowest": min(learning, default=None),
            "highest": max(learning, default=None),
        }
    return found


if __name__ == "__main__":
    main()
