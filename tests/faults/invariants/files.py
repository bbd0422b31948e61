"""What lies on the disk: durable when promised, whole when seen, gone when deleted."""

from tests.faults.case import Case
from tests.faults.invariants.invariant import Breaches, Invariant

MODEL_FILES = ("/weights.safetensors", "/evaluation.json", "/manifest.json")


def acknowledged_jobs_are_on_disk(case: Case) -> Breaches:  # I1
    for job, request in case.accepted().items():
        if not case.disk.durable(f"jobs/{job}/request.json", request["answered_at"]):
            yield f"{job} was acknowledged before its request was durable"


def visible_models_are_whole(case: Case) -> Breaches:  # I4
    for model in [*case.of("model"), *case.models]:
        if not model["whole"]:
            yield f"model {model['name']} {model['version']} was seen and is not whole"
        elif not case.disk.moved_whole(f"models/{model['name']}/{model['version']}", MODEL_FILES):
            yield f"model {model['name']} {model['version']} was seen before it was durable"


def visible_models_are_of_jobs_that_succeeded(case: Case) -> Breaches:  # I4
    versions: dict[str, list[int]] = {}
    for model in case.models:
        versions.setdefault(model["job"], []).append(model["version"])
    for job, numbers in versions.items():
        state = case.record(job).get("state")
        if state != "succeeded":
            yield f"{job} is {state} and its model is visible"
        if len(numbers) > 1:
            yield f"{job} published versions {numbers}"
    for job, found in case.jobs.items():
        wanted = (found["record"] or {}).get("version")
        if (case.record(job).get("sweep") or {}).get("candidate") is not None:
            if wanted is not None:
                yield f"{job} is a candidate of a sweep and published version {wanted}"
            continue
        if case.record(job).get("state") == "succeeded" and versions.get(job) != [wanted]:
            yield f"{job} succeeded, and its version {wanted} is not visible"


def checkpoints_are_whole_when_seen(case: Case) -> Breaches:  # I4
    broken = {fault["path"] for fault in case.faults("damage")}
    for entry in case.of("torn"):
        if entry["path"] not in broken:
            yield f"{entry['path']} was seen before it was whole"
    for path in case.disk.moves:
        if path.endswith(".safetensors") and not case.disk.moved_whole(path):
            yield f"{path} got its name before its bytes were durable"


def nothing_is_left_lying_about(case: Case) -> Breaches:  # I7
    for path in case.leftovers:
        yield f"{path} was left behind"
    for job, found in case.jobs.items():
        if found["checkpoints"] and case.record(job).get("state") in {"succeeded", "cancelled"}:
            yield f"{job} is {case.record(job)['state']} and still has checkpoints"


def deleted_things_stay_deleted(case: Case) -> Breaches:  # I11
    there = {
        *case.jobs,
        *case.datasets,
        *(f"{model['name']} {model['version']}" for model in case.models),
    }
    for entry in case.of("delete"):
        if entry["status"] == 204 and entry["id"] in there:
            yield f"{entry['id']} was deleted and is there"


def datasets_are_whole_or_gone(case: Case) -> Breaches:  # I7
    seen = [(entry["id"], entry["parts"]) for entry in case.of("dataset")]
    for dataset, parts in [*seen, *case.datasets.items()]:
        missing = [name for name, there in parts.items() if not there]
        if 0 < len(missing) < len(parts):
            yield f"of {dataset} only a part is there: not its {', '.join(missing)}"


INVARIANTS: tuple[Invariant, ...] = (
    acknowledged_jobs_are_on_disk,
    visible_models_are_whole,
    visible_models_are_of_jobs_that_succeeded,
    checkpoints_are_whole_when_seen,
    nothing_is_left_lying_about,
    deleted_things_stay_deleted,
    datasets_are_whole_or_gone,
)
