"""What the models that are kept come from: datasets from which they learned, and backbones by which
they answer."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from worker.store.model_folder import TRASH
from worker.system.files import read_json

# Where manifests lie: of versions that are here, and of those in the trash.
MANIFESTS = "[0-9]*/manifest.json"
HERE, TRASHED = f"[!.]*/{MANIFESTS}", f"[!.]*/{TRASH}/{MANIFESTS}"


class ModelNeeds:
    """Looks through the manifests of all versions."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def datasets(self, name: str = "[!.]*") -> set[str]:
        """Returns the ids of the datasets from which the versions of a model that are here have
        learned, or those of all models."""
        found = map(read_json, self._root.glob(f"{name}/{MANIFESTS}"))
        return {manifest["dataset"]["id"] for manifest in found if manifest}

    def with_backbone(self, digest: str) -> list[str]:
        """Returns the names of the models that need the backbone of this digest, or would if they
        were restored, sorted."""
        return sorted({name for name, need in self._backbones() if need == digest})

    def backbones(self) -> set[str]:
        """Returns the digests of all backbones that models need, or would if restored."""
        return {need for _, need in self._backbones()}

    def _backbones(self) -> Iterator[tuple[str, str]]:
        """The names of models, each with the digest of a backbone that a version of it needs."""
        for path in chain(self._root.glob(HERE), self._root.glob(TRASHED)):
            if need := (read_json(path) or {}).get("backbone"):
                yield path.relative_to(self._root).parts[0], need
