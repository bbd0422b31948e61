"""The pictures that the recipe `photos` is measured on, imported as the service would do it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from service.cli.samples import draw_files
from worker.data.dataset import Dataset
from worker.data.importer import import_files
from worker.settings import Settings
from worker.store.datasets import DatasetStore


class PhotoSet(NamedTuple):
    """Pictures, and how often a network is trained on them.

    Attributes:
        title: what they are.
        seeds: how many trainings.
        least: the mean accuracy on their test rows that is asked for.
        needs: names of the files that must be there.
        files: makes of these, in a folder, what is imported.
    """

    title: str
    seeds: int
    least: float
    needs: tuple[str, ...]
    files: Callable[[list[Path], Path], list[Path]]

    def missing(self, data: Path | None) -> list[str]:
        """Names of the files that the folder of data lacks."""
        return [name for name in self.needs if data is None or not (data / name).is_file()]

    def imported(self, data: Path | None, folder: Path) -> Dataset:
        """The dataset, kept in the folder as long as that is there."""
        files = self.files([data / name for name in self.needs] if data else [], folder)
        store, name = DatasetStore(folder / "datasets"), f"ds_{0:032x}"
        with store.local_folder(name) as part:
            prepared = import_files(files, part, Settings(min_free_bytes=0))
            store.publish(name, part, prepared.as_dict())
        return store.open(name)


def as_they_are(files: list[Path], folder: Path) -> list[Path]:
    return files


def drawn(files: list[Path], folder: Path) -> list[Path]:
    return draw_files(folder)


COURSE = ("train_catvnoncat.h5", "test_catvnoncat.h5")
SETS = {
    "course": PhotoSet("the course's pictures", 10, 0.88, COURSE, as_they_are),
    "pets": PhotoSet("photos of cats and dogs", 3, 0.86, ("pets.zip",), as_they_are),
    "sketches": PhotoSet("the built-in sketches", 3, 0.98, (), drawn),
}
