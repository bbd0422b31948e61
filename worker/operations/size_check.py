"""Whether the pictures of a dataset can be had at another size."""

from worker.errors import DatasetNotFound, InvalidParameter
from worker.store.datasets import DatasetStore

AT = "/image_size"


def check_image_size(side: int, dataset_id: str, datasets: DatasetStore) -> None:
    """Refuse a size for which there are no files to read again. They are those of the uploads from
    which a dataset comes, over all versions between.

    Args:
        side: pixels on each side of a picture.

    Raises:
        InvalidParameter: the samples are no pictures or have that size, or files are missing.
    """
    manifest = datasets.manifest(dataset_id)
    if manifest["preprocessing"].get("kind", "picture") != "picture":
        raise InvalidParameter("Expected pictures for image_size, got rows of a table.", AT)
    if manifest["shape"][:2] == [side, side]:
        raise InvalidParameter(
            f"Expected another size than the pictures have, which is {side}; leave it out.", AT
        )
    waiting, seen = [dataset_id], set[str]()
    while waiting:
        found = waiting.pop()
        if found not in seen:
            seen.add(found)
            waiting += _made_of(found, datasets)


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
