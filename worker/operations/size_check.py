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
    waiting, seen = [dataset_id], {dataset_id}
    while waiting:
        found = waiting.pop()
        try:
            edits = datasets.manifest(found).get("edits")
        except DatasetNotFound as error:
            raise InvalidParameter(
                f"Expected all datasets to be there from which this one comes, but {found} was "
                "deleted; upload the files with that image_size.",
                AT,
            ) from error
        if edits is None and not datasets.has_originals(found):
            raise InvalidParameter(
                f"Expected files of pictures that were kept to read them again, but {found} has "
                "none: it was uploaded as arrays, or while PURR_KEEP_ORIGINALS was off; upload "
                "the files with that image_size.",
                AT,
            )
        above = [] if edits is None else [datasets.manifest(found)["parent"], edits.get("add")]
        waiting += [each for each in above if each and each not in seen]
        seen.update(waiting)
