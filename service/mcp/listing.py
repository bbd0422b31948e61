"""Items of lists in a few fields, since a list is looked at to choose one."""

from collections.abc import Callable

from service.cli.render.words import tested_accuracy
from worker.jsontypes import Json

OF_JOB = ("id", "state", "progress", "created_at", "finished_at", "tags", "notes")
OF_DATASET = ("id", "name", "state", "kind", "classes", "shape", "splits", "created_at", "tags")
OF_MODEL = ("name", "newest", "champion", "aliases", "total", "tags", "notes")
OF_VERSION = ("version", "created_at", "job", "dataset", "classes", "result")


def job_in_few(job: Json) -> Json:
    spec = job["spec"]
    codes = [finding["code"] for finding in job["findings"]]
    return {
        **chosen(job, OF_JOB),
        "model": spec.get("model"),
        "version": (job["model"] or {}).get("version"),
        "dataset": spec.get("dataset"),
        "test_accuracy": tested_accuracy(job),
        "findings": codes,
        "problem": (job["problem"] or {}).get("code"),
    }


def dataset_in_few(dataset: Json) -> Json:
    codes = [finding["code"] for finding in dataset["findings"]]
    return {**chosen(dataset, OF_DATASET), "findings": codes}


def model_in_few(model: Json) -> Json:
    newest = [chosen(version, OF_VERSION) for version in model["versions"]]
    return {**chosen(model, OF_MODEL), "versions": newest}


def chosen(item: Json, names: tuple[str, ...]) -> Json:
    return {name: item.get(name) for name in names}


IN_FEW: dict[str, Callable[[Json], Json]] = {
    "list_jobs": job_in_few,
    "list_datasets": dataset_in_few,
    "list_models": model_in_few,
}


def listed(tool: str, answer: Json) -> Json:
    """Returns an answer as it was, or if it is a list that is long, with its items in few words."""
    if (few := IN_FEW.get(tool)) is None:
        return answer
    return {**answer, "data": [few(item) for item in answer["data"]]}
