"""The pictures of an upload, and which split each is in."""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np

from worker.data import contents
from worker.data.contents import Labels
from worker.data.packed import PackedFile
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
    marks = _marks([entry.file for entry in entries], settings.max_image_bytes, tell)
    chosen = contents.held_out(labels, marks, seed).tolist()
    reading.held_out = sum(chosen)
    return [
        entry._replace(split="test") if out else entry
        for entry, out in zip(entries, chosen, strict=True)
    ]


def _marks(files: Sequence[PackedFile], most: int, tell: Tell) -> list[Hashable]:
    """Of files with the same bytes the same; only those of one size are read for that."""
    sizes = Counter(file.size for file in files)
    seen = counting(tell, "measuring", len(files))
    marks: list[Hashable] = []
    for number, file in enumerate(files):
        data = file.read(most) if sizes[file.size] > 1 else None
        marks.append(contents.digest(data) if isinstance(data, bytes) else number)
        seen(1)
    return marks
