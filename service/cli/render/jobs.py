"""How jobs and their epochs look."""

import json
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from service.cli.render.lists import say_reasons
from service.cli.render.scores import leaves_out_confusions, score_fields, show_confusions
from service.cli.render.verification import verification_fields, verification_of
from service.cli.render.words import (
    Fields,
    clock,
    figure,
    finding_fields,
    label_fields,
    percent,
    problem_fields,
    problem_of,
    tags_of,
    tested_accuracy,
)
from service.cli.terminal import remark, say_fields, say_rows, say_table
from worker.jsontypes import Json

# Of an epoch what a person looks at, and as many places as a figure may take, or the name.
EPOCH = {"epoch": 7, "loss": 10, "accuracy": 9, "validation_loss": 15, "validation_accuracy": 19,
         "seconds": 9}  # fmt: skip


FINAL = {"succeeded", "failed", "cancelled"}
WATCHED = ("id", "state", "model", "epoch", "test accuracy", "what it does")
OF_FOLDS = {"repeat": 6, "fold": 4}  # of jobs that have any


def show_job(job: Json) -> None:
    say_fields(_fields(job))
    _show_confusions(job)


def show_result(job: Json) -> None:
    result = job.get("result") or {}
    model = [("model", model_of(job)), *_promotion_fields(job)]
    say_fields([*model, *score_fields(result), *finding_fields(job)])
    _show_confusions(job)


def show_jobs(jobs: Sequence[Json]) -> None:
    say_table(
        ("id", "state", "model", "epoch", "test accuracy", "created", "tags"),
        (
            (
                j["id"],
                j["state"],
                model_of(j),
                _epoch(j),
                _reached(j),
                j["created_at"],
                tags_of(j),
            )
            for j in jobs
        ),
    )
    say_reasons(jobs)


def show_metrics(rows: Iterable[Json]) -> None:
    ahead = iter(rows)
    first = [*islice(ahead, 1)]
    columns = {**(OF_FOLDS if first and "fold" in first[0] else {}), **EPOCH}
    cells = ([figure(row.get(column)) for column in columns] for row in chain(first, ahead))
    say_rows(columns, cells)


def model_of(job: Json) -> str:
    """The model that a job made, with its version, or the name that it will have; or the version
    that it trains again."""
    model = job.get("model")
    if verified := job["spec"].get("verifies"):
        return f"{verified['model']} {verified['version']} again"
    return f"{model['name']} {model['version']}" if model else str(job["spec"].get("model", ""))


def note_of(job: Json) -> str:
    """What a job does now, and how well."""
    state, progress = job["state"], job["progress"]
    if state == "queued" and job["queue_position"] is not None:
        return f"queued, position {job['queue_position']}"
    if progress is None or state == "paused":
        return str(state)
    left = state if state in FINAL else _left(progress)
    if progress["phase"] == "features":
        return f"features {left}"
    fold = "" if progress.get("fold") is None else f"fold {progress['fold']} "
    return f"{left} {fold}loss {progress['loss']:.4f} accuracy {percent(progress['accuracy'])}"


def _left(progress: Json) -> str:
    return "" if progress["eta_s"] is None else f"{clock(progress['eta_s'])} left"


def watched_rows(jobs: Iterable[Json]) -> Iterable[Sequence[object]]:
    """A row for each job of a table that is drawn again and again."""
    for job in jobs:
        over = problem_of(job) if job.get("problem") else None
        said = over if job["state"] in FINAL else note_of(job)
        yield job["id"], job["state"], model_of(job), _epoch(job), _reached(job), said


def change_of(change: Json) -> str:
    """A place in the spec, what was there and what is."""
    before, after = (json.dumps(change[when]) for when in ("before", "after"))
    return f"{change['path']}: {before} → {after}"


def _fields(job: Json) -> Fields:
    for name in ("id", "state", "ended_because", "requested", "parent"):
        yield name.replace("_", " "), job.get(name)
    yield "model", model_of(job)
    yield from verification_fields(job)
    yield from _promotion_fields(job)
    yield "device", _device(job)
    yield "epoch", _epoch(job)
    for name in ("queue_position", "attempt", "created_at", "started_at", "finished_at"):
        yield name, job.get(name)
    yield from label_fields(job)
    yield from score_fields(job.get("result") or {})
    yield from problem_fields(job)
    yield from finding_fields(job)
    if proof := job.get("gradient_check"):
        yield "gradient check", proof["message"]
    yield "spec", json.dumps(job["spec"], ensure_ascii=False)


def _promotion_fields(job: Json) -> Fields:
    """Whether its model answers from now on where no version is named, and why not."""
    if promotion := job.get("promotion"):
        answers = "yes" if promotion["promoted"] else f"no: {' '.join(promotion['reasons'])}"
        yield "champion", answers


def _show_confusions(job: Json) -> None:
    result = job.get("result") or {}
    show_confusions(result)
    if leaves_out_confusions(result):
        remark(f"There are too many classes to show each here; `purr evaluation {job['id']}` does.")


def _reached(job: Json) -> str | None:
    found = verification_of(job)
    return found["outcome"] if found else tested_accuracy(job)


def _epoch(job: Json) -> str | None:
    progress = job.get("progress")
    return f"{progress['epoch']}/{progress['epochs']}" if progress else None


def _device(job: Json) -> str | None:
    device = job.get("device")
    return f"{device['kind']} {device['name'] or ''}".strip() if device else None
