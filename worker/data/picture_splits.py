"""The pictures of an upload, and which split each is in."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from worker.data import contents
from worker.data.contents import Labels
from worker.data.packed import PackedFile, digests_of_files
from worker.data.progress import Tell, counting
from worker.data.reading import Reading
from worker.settings import Settings


class Entry(NamedTuple):
    """A picture of an archive, and where it stands."""

    split: str
    class_name: str
    file: PackedFile


def labels_of(entries: Sequence[Entry], classes: Sequence[str]) -> Labels:
    """Returns the number of each picture's class, (entries,)."""
    number = {name: label for label, name in enumerate(classes)}
    return np.array([number[entry.class_name] for entry in entries])


def settled(
    entries: list[Entry],
    labels: Labels,
    settings: Settings,
    seed: int,
    reading: Reading,
    tell: Tell,
) -> list[Entry]:
    """Returns the pictures, each in the split that it has here: without a test split, that is the
    one to validate, or a part of each class.

    Args:
        labels: (entries,).
        tell: called with how many of them were compared.
    """
    here = contents.settled({entry.split for entry in entries}, reading)
    entries = [entry._replace(split=here[entry.split]) for entry in entries]
    if "test" in here.values():
        return entries
    files, seen = [entry.file for entry in entries], counting(tell, "measuring", len(entries))
    digests = digests_of_files(files, settings.max_image_bytes, seen)
    chosen = contents.held_out(labels, digests, seed).tolist()
    reading.held_out = sum(chosen)
    return [
        entry._replace(split="test") if out else entry
        for entry, out in zip(entries, chosen, strict=True)
    ]
