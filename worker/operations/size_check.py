"""Whether the pictures of a dataset can be had at another size."""

from collections.abc import Iterable

from worker.errors import DatasetNotFound, InvalidParameter
from worker.jsontypes import Json
from worker.store.datasets import DatasetStore

AT = "/image_size"


def uploads_behind(ids: Iterable[str], side: int, datasets: DatasetStore) -> set[str]:
    """Returns all datasets from which these come, themselves among them: the uploads, whose files
    are read again for another size, and all versions between.

    Args:
        side: pixels on each side of a picture.

    Raises:
        InvalidParameter: the samples are no pictures or have that size, or files are missing.
    """
    waiting, seen = [*ids], set[str]()
    for dataset_id in waiting:
        _check_side(side, datasets.manifest(dataset_id))
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            waiting += _made_of(found, datasets)
    return seen


def _check_side(side: int, manifest: Json) -> None:
    if manifest["preprocessing"].get("kind", "picture") != "picture":
        raise InvalidParameter("Expected pictures for image_size, got rows of a table.", AT)
    if manifest["shape"][:2] == [side, side]:
        raise InvalidParameter(
            f"Expected another size than the pictures have, which is {side}; leave it out.", AT
        )


def _made_of(dataset_id: str, datasets: DatasetStore) -> list[str]:
    """The datasets of which this one was made; none of an upload, whose files are there."""
    try:
        manifest = datasets.manifest(dataset_id)
    except DatasetNotFound as error:
        raise InvalidParameter(
            f"Expected all datasets to be there from which this one comes, but {dataset_id} was "
            "deleted; upload the files with that image_size.",
            AT,
        ) from error
    if edits := manifest.get("edits"):
        return [manifest["parent"], *([edits["add"]] if "add" in edits else [])]
    if not datasets.has_originals(dataset_id):
        raise InvalidParameter(
            f"Expected files of pictures that were kept to read them again, but {dataset_id} has "
            "none: it was uploaded as arrays, or while PURR_KEEP_ORIGINALS was off; upload the "
            "files with that image_size.",
            AT,
        )
    return []
