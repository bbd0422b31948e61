"""How datasets, jobs and models look as lines and tables of text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from service.terminal import remark, say, say_fields, say_raw, say_rows, say_table

# The client brings an HTTP library with it, which `purr --help` should not wait for.
if TYPE_CHECKING:
    from service.client import Answer, Json

Fields: TypeAlias = Iterable[tuple[str, object]]

# Of an epoch what a person looks at, and as many places as a figure may take, or the name.
EPOCH = {"epoch": 7, "loss": 10, "accuracy": 9, "validation_loss": 15, "validation_accuracy": 19,
         "seconds": 9}  # fmt: skip


def tell(answer: Answer, show: Callable[[Json], None], as_json: bool) -> None:
    if as_json:
        say_raw(answer.raw)
    else:
        show(answer.json)


def tell_pages(
    pages: Iterable[Answer], show: Callable[[Iterable[Json]], None], as_json: bool
) -> None:
    if as_json:
        for page in pages:
            say_raw(page.raw)
    else:
        show([row for page in pages for row in page.json["data"]])


def show_dataset(dataset: Json) -> None:
    say_fields(_dataset_fields(dataset))


def show_datasets(datasets: Iterable[Json]) -> None:
    say_table(
        ("id", "name", "state", "rows", "classes"),
        (
            (d["id"], d["name"], d["state"], _rows(d), ", ".join(d.get("classes") or ()))
            for d in datasets
        ),
    )


def show_job(job: Json) -> None:
    say_fields(_job_fields(job))


def show_result(job: Json) -> None:
    say_fields([("model", model_of(job)), *_result_fields(job), *_finding_fields(job)])


def show_jobs(jobs: Iterable[Json]) -> None:
    say_table(
        ("id", "state", "model", "epoch", "test accuracy", "created"),
        (
            (j["id"], j["state"], model_of(j), _epoch(j), _test_accuracy(j), j["created_at"])
            for j in jobs
        ),
    )


def show_metrics(rows: Iterable[Json]) -> None:
    say_rows(EPOCH, ([figure(row.get(column)) for column in EPOCH] for row in rows))


def show_models(models: Iterable[Json]) -> None:
    columns = ("name", "version", "test accuracy", "classes", "created")
    newest = [model["versions"][0] for model in models]
    say_table(
        columns,
        (
            (v["name"], v["version"], _test_accuracy(v), ", ".join(v["classes"]), v["created_at"])
            for v in newest
        ),
    )


def show_model(model: Json) -> None:
    """A row for each version, the newest first."""
    say_table(
        ("version", "hidden units", "test accuracy", "job", "created"),
        (
            (v["version"], _hidden(v["spec"]), _test_accuracy(v), v["job"], v["created_at"])
            for v in model["versions"]
        ),
    )


def show_predictions(names: Sequence[str], answers: Iterable[Answer]) -> None:
    """A line for each picture, as soon as the answer about its batch is there; then what is odd
    about the batch."""
    width = max(map(len, names))
    ahead = iter(names)
    for answer in answers:
        for row, name in zip(answer.json["predictions"], ahead, strict=False):
            said = (
                f"not read: {problem_of(row)}"
                if "problem" in row
                else f"{row['label']}  {row['probability']:.4f}"
            )
            say(f"{name:{width}}  {said}")
        for warning in answer.json.get("warnings", ()):
            remark(f"{warning['code']}: {warning['message']}")


def problem_of(record: Json) -> str:
    """Why a dataset was rejected or a job failed, in the service's words."""
    problem = record.get("problem") or {}
    return f"{problem.get('detail', 'No reason was given.')} ({problem.get('code', 'unknown')})"


def counts_of(dataset: Json) -> str:
    """The rows of each split and class, in words."""
    return "; ".join(
        f"{split} {_split(counts, dataset.get('classes') or ())}"
        for split, counts in (dataset.get("splits") or {}).items()
    )


def model_of(job: Json) -> str:
    """The model that a job made, with its version, or the name that it will have."""
    model = job.get("model")
    return f"{model['name']} {model['version']}" if model else str(job["spec"].get("model", ""))


def change_of(change: Json) -> str:
    """A place in the spec, what was there and what is."""
    before, after = (json.dumps(change[when]) for when in ("before", "after"))
    return f"{change['path']}: {before} → {after}"


def percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f} %"


def figure(value: object) -> object:
    return f"{value:.4g}" if isinstance(value, float) else value


def accuracy_with_interval(scores: Json) -> str | None:
    """An accuracy and the interval in which the true one lies nineteen times of twenty."""
    interval = scores.get("accuracy_interval")
    text = percent(scores.get("accuracy"))
    return f"{text} [{percent(interval[0])}, {percent(interval[1])}]" if interval else text


def _dataset_fields(dataset: Json) -> Fields:
    for name in ("id", "name", "state", "kind"):
        yield name, dataset.get(name)
    yield "classes", ", ".join(dataset.get("classes") or ()) or None
    yield "shape", " x ".join(map(str, dataset.get("shape") or ())) or None
    for split, counts in (dataset.get("splits") or {}).items():
        yield split, _split(counts, dataset.get("classes") or ())
    yield "digest", dataset.get("digest")
    yield from _finding_fields(dataset)
    if dataset.get("problem"):
        yield "problem", problem_of(dataset)


def _job_fields(job: Json) -> Fields:
    for name in ("id", "state", "ended_because", "requested", "parent"):
        yield name.replace("_", " "), job.get(name)
    yield "model", model_of(job)
    yield "device", _device(job)
    yield "epoch", _epoch(job)
    for name in ("queue_position", "attempt", "created_at", "started_at", "finished_at"):
        yield name, job.get(name)
    yield from _result_fields(job)
    if job.get("problem"):
        yield "problem", problem_of(job)
    yield from _finding_fields(job)
    if proof := job.get("gradient_check"):
        yield "gradient check", proof["message"]
    yield "spec", json.dumps(job["spec"], ensure_ascii=False)


def _result_fields(job: Json) -> Fields:
    result = job.get("result") or {}
    for split in ("train", "validation", "test"):
        if scores := result.get(split):
            yield split, _scores(scores)
    if result.get("temperature"):
        yield "temperature", figure(result["temperature"])


def _finding_fields(record: Json) -> Fields:
    """What the checks or the doctor found, and what would help."""
    for finding in record.get("findings") or ():
        yield finding["severity"], f"{finding['message']} ({finding['code']})"
        for change in finding.get("patch") or ():
            yield "would help", f"{change['path']} = {json.dumps(change.get('value'))}"


def _rows(dataset: Json) -> str:
    return " + ".join(str(split["rows"]) for split in (dataset.get("splits") or {}).values())


def _split(counts: Json, classes: Iterable[str]) -> str:
    per_class = zip(classes, counts.get("per_class") or (), strict=False)
    return f"{counts['rows']} rows: " + ", ".join(f"{count} {name}" for name, count in per_class)


def _scores(scores: Json) -> str:
    named = {"loss": figure(scores.get("loss")), "accuracy": accuracy_with_interval(scores)}
    named["majority"] = percent(scores.get("majority_baseline"))
    named["auc"] = figure(scores.get("auc"))
    named["calibration error"] = figure(scores.get("calibration_error"))
    named["confusion"] = json.dumps(scores["confusion"]) if scores.get("confusion") else None
    return ", ".join(f"{name} {value}" for name, value in named.items() if value is not None)


def _epoch(job: Json) -> str | None:
    progress = job.get("progress")
    return f"{progress['epoch']}/{progress['epochs']}" if progress else None


def _device(job: Json) -> str | None:
    device = job.get("device")
    return f"{device['kind']} {device['name'] or ''}".strip() if device else None


def _test_accuracy(trained: Json) -> str | None:
    return accuracy_with_interval((trained.get("result") or {}).get("test") or {})


def _hidden(spec: Json) -> str:
    return ", ".join(map(str, spec["network"]["hidden_units"])) or "none"
