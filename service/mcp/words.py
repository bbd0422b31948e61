"""What an answer says, in a few lines, before its JSON."""

from collections.abc import Callable, Iterable, Iterator

from service.cli.render.words import (
    accuracy_with_interval,
    figure,
    finding_fields,
    percent,
    problem_fields,
    tested_accuracy,
)
from worker.jsontypes import Json


def in_words(tool: str, answer: Json) -> str:
    """Returns what the answer of a tool says; "" where its JSON says it as well."""
    say = SAYING.get(tool)
    return "\n".join(say(answer)) if say else ""


def of_job(job: Json) -> Iterator[str]:
    yield f"{job['id']}: {job['state']}{_asked(job)}{_place(job)}."
    progress = job.get("progress")
    if progress and job["state"] in ("running", "paused"):
        cost, accuracy = figure(progress["loss"]), percent(progress["accuracy"])
        reached = "" if cost is None else f", cost {cost}, accuracy {accuracy}"
        left = progress.get("eta_s")
        ahead = "" if left is None else f", some {left:.0f} s left"
        yield f"Epoch {progress['epoch']} of {progress['epochs']}{reached}{ahead}."
    if model := job.get("model"):
        yield f"It made {model['name']} version {model['version']}."
    yield from _scores(job)
    yield from _named(problem_fields(job))
    yield from _named(finding_fields(job))
    for change in job.get("changes") or ():
        yield f"changed: {change['path']} from {change['before']!r} to {change['after']!r}"


def of_jobs(page: Json) -> Iterator[str]:
    yield _counted(page, "job")
    for job in page["data"]:
        yield f"{job['id']} {job['state']}: {job['model']}, {job['test_accuracy'] or 'untested'}"


def of_dataset(dataset: Json) -> Iterator[str]:
    yield f"{dataset['id']} ({dataset['name']!r:.80}) is {dataset['state']}."
    for split, counts in (dataset.get("splits") or {}).items():
        yield f"{split}: {counts['rows']:,} rows"
    yield from _named(problem_fields(dataset))
    yield from _named(finding_fields(dataset))


def of_datasets(page: Json) -> Iterator[str]:
    yield _counted(page, "dataset")
    for one in page["data"]:
        yield f"{one['id']} {one['state']}: {one['name']!r:.80}"


def of_models(page: Json) -> Iterator[str]:
    yield _counted(page, "model")
    for model in page["data"]:
        said = tested_accuracy(model["versions"][0]) if model["versions"] else None
        yield (
            f"{model['name']}: champion {model['champion']}, newest {model['newest']}, of which "
            f"the test accuracy is {said or 'unknown'}"
        )


def of_predictions(answer: Json) -> Iterator[str]:
    yield f"{answer['model']} version {answer['version']} says:"
    for number, row in enumerate(answer["predictions"][:20]):
        yield f"{number}: {_decision(row)}"
    for warning in answer.get("warnings", ()):
        yield f"warning: {warning['message']} ({warning['code']})"


def of_explanation(answer: Json) -> Iterator[str]:
    said = _decision(answer["prediction"])
    yield f"{answer['model']} version {answer['version']} says {said}."
    yield f"The picture shows by {answer['method']} what speaks for {answer['explained']!r}."


def of_alias(alias: Json) -> Iterator[str]:
    before = alias.get("before")
    yield f"{alias['alias']} is version {alias['version']} now, before it was {before}."


def _said(answer: Json) -> Iterator[str]:
    yield answer["said"]


def _asked(job: Json) -> str:
    return f", asked to {job['requested']}" if job.get("requested") else ""


def _place(job: Json) -> str:
    place = job.get("queue_position")
    return f", at place {place} of the queue" if place else ""


def _scores(trained: Json) -> Iterator[str]:
    for split, scores in (trained.get("result") or {}).items():
        if isinstance(scores, dict) and (said := accuracy_with_interval(scores)):
            yield f"{split}: accuracy {said}"


def _decision(row: Json) -> str:
    if "problem" in row:
        return f"no answer: {row['problem']['detail']}"
    said = f"{row['label']} with probability {row['probability']:.4f}"
    return f"unsure ({row['reason']['code']}), {said}" if row.get("reason") else said


def _named(fields: Iterable[tuple[str, object]]) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in fields)


def _counted(page: Json, noun: str) -> str:
    count = len(page["data"])
    more = f" There are more: ask with after={page['next']}." if page.get("next") else ""
    return f"{count} {noun}{'' if count == 1 else 's'}.{more}"


JOBS = ("show_job", "train", "retry_job", "cancel_job", "stop_job", "pause_job", "resume_job")
SAYING: dict[str, Callable[[Json], Iterator[str]]] = {
    **dict.fromkeys(JOBS, of_job),
    "list_jobs": of_jobs,
    "show_dataset": of_dataset,
    "list_datasets": of_datasets,
    "list_models": of_models,
    "predict": of_predictions,
    "explain": of_explanation,
    **dict.fromkeys(("compare_jobs", "estimate_job"), _said),
    **dict.fromkeys(("promote", "roll_back"), of_alias),
}
