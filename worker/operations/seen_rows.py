"""Whether a model from which trainings start has seen the rows that folds hold out from them."""

from collections.abc import Iterator
from contextlib import suppress

from worker.errors import DatasetNotFound, InvalidParameter, ModelNotFound
from worker.jsontypes import Json
from worker.spec import JobSpec
from worker.store.datasets import DatasetStore
from worker.store.models import ModelStore
from worker.store.store import Store


def check_unseen(spec: JobSpec, dataset: Json, model: Json, store: Store) -> None:
    """Refuse folds of a job that starts from a model which was trained on this dataset, on another
    one with the same arrays, or on a version of the same upload: what it answers for the rows that
    are held out would be what it remembers. So is one that itself started from such a model.

    Args:
        dataset: the manifest of the job's dataset.
        model: the manifest of the version from which it starts.

    Raises:
        InvalidParameter: it was.
    """
    if spec.folds is None:
        return
    ours = sources(spec.dataset, store.datasets)
    for manifest in with_parents(model, store.models):
        theirs = manifest["dataset"]
        same = theirs["digest"] == dataset["digest"]
        if same or not ours.isdisjoint(sources(theirs["id"], store.datasets)):
            raise InvalidParameter(
                f"Expected folds of rows that the starting model has not seen, but version "
                f"{manifest['version']} of {manifest['name']} was trained on {theirs['id']}, which "
                f"has rows of {spec.dataset}. Leave folds out, or leave start_from out.",
                "/folds",
            )


def sources(dataset_id: str, datasets: DatasetStore) -> set[str]:
    """Returns all datasets from which this one comes, itself among them, as far as they are
    there."""
    waiting, found = [dataset_id], set[str]()
    while waiting:
        if (each := waiting.pop()) in found:
            continue
        found.add(each)
        with suppress(DatasetNotFound):
            manifest = datasets.manifest(each)
            if edits := manifest.get("edits"):
                waiting += [manifest["parent"], *([edits["add"]] if "add" in edits else [])]
    return found


def with_parents(model: Json, models: ModelStore) -> Iterator[Json]:
    """Yields the manifest, and those of the versions from which it started, one after the other, as
    far as they are there."""
    waiting = [model]
    while waiting:
        yield (manifest := waiting.pop())
        for parent in manifest.get("parents", ()):
            with suppress(ModelNotFound):
                waiting.append(models.manifest(parent["model"], parent["version"]))
