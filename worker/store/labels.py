"""Notes and tags of jobs, datasets and models: a file beside what else is kept of each.

jobs/{id}/, imports/{id}/ or models/{name}/: labels.json, and .labels.lock, which whoever changes it
holds meanwhile
"""

import json
from collections.abc import Callable
from pathlib import Path

from worker.jsontypes import Json
from worker.store.model_folder import model_folder
from worker.system.files import read_json, remove_leftovers, write_atomically
from worker.system.locks import locked

FILE, LOCK = "labels.json", ".labels.lock"
MODEL = "model"
FOLDERS = {"job": "jobs", "ds": "imports", MODEL: "models"}
NONE: Json = {"notes": "", "tags": []}


class LabelStore:
    """What was set last of each; whoever has set nothing, has the labels with which it was made."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def of(self, kind: str, name: str) -> Json | None:
        """Returns the notes and tags that were set; None if none ever were.

        Args:
            kind: one of FOLDERS.
            name: the id of a job or dataset, or the name of a model.

        Raises:
            ModelNotFound: no model can have this name.
        """
        return read_json(self._folder(kind, name) / FILE)

    def change(
        self,
        kind: str,
        name: str,
        patch: Json,
        made_with: Json = NONE,
        check: Callable[[], None] = lambda: None,
        tell: Callable[[Json], object] = lambda labels: None,
    ) -> Json:
        """Set some of the labels, and return all. When this returns, it survives a power cut.

        Args:
            patch: those that are set.
            made_with: what they are if none were ever set.
            check: raises if they are not to be changed; nobody else changes them meanwhile.
            tell: is told of all labels after that, in the order in which they change.

        Raises:
            FileNotFoundError: there is nothing of this name.
            ModelNotFound: no model can have this name.
            StoreFull: the disk is full.
        """
        folder = self._folder(kind, name)
        with locked(folder / LOCK):
            check()
            labels = {**made_with, **(self.of(kind, name) or {}), **patch}
            write_atomically(folder / FILE, json.dumps(labels).encode())
            tell(labels)
        return labels

    def tell(self, kind: str, name: str, tell: Callable[[Json], object]) -> bool:
        """Tell of the labels that were set, if any were; nobody changes them meanwhile. Returns
        whether any were.

        Raises:
            FileNotFoundError: there is nothing of this name any more.
            StoreFull: the disk is full.
        """
        if self.of(kind, name) is None:
            return False
        with locked(self._folder(kind, name) / LOCK):
            tell(self.of(kind, name) or NONE)
        return True

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was writing when it died, once it is this old."""
        for folder in FOLDERS.values():
            remove_leftovers((self._root / folder).glob(f"*/{FILE}.*.part"), age_s)

    def _folder(self, kind: str, name: str) -> Path:
        root = self._root / FOLDERS[kind]
        return model_folder(root, name) if kind == MODEL else root / name
