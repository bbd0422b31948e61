"""Backbones as they are kept: a network by its digest, as long as a record has it.

backbones/{digest}/ network.onnx manifest.json, and users/{id} for each record that came to it: the
                    same file with the same options is kept once. The digest is of the network and
                    of how it is used.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path

from worker.data.backbones.backbone import NETWORK, Backbone
from worker.errors import BackboneNotFound, DamagedBackbone
from worker.jsontypes import Json
from worker.system.files import (
    full_disk_named,
    made_aside,
    read_json,
    remove,
    remove_leftovers,
    sync_folder,
    sync_tree,
)

USERS, MANIFEST = "users", "manifest.json"
ALGORITHM = "sha256:"  # before the digits of a digest
DIGITS = "[0-9a-f]*"  # how folders are called that are whole


class BackboneStore:
    """A folder for each network and way to use it, which has its name once all of it is there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def local_folder(self, backbone_id: str) -> Iterator[Path]:
        """Yields an empty folder of this machine, for a sealed process to write a network into. It
        is removed at the end, unless it was published.

        Raises:
            StoreFull: the disk is full.
        """
        with made_aside(self._root / backbone_id) as part:
            yield part

    def publish(self, backbone_id: str, folder: Path, backbone: Backbone) -> Json:
        """Keep the network in a `local_folder` for the record of this id. Twice is once.

        Returns:
            The manifest: what is known of the backbone, its digest and its bytes.

        Raises:
            StoreFull: the disk is full.
        """
        about = backbone.as_dict()
        digest = digest_of(folder / NETWORK, about)
        manifest = {**about, "digest": digest, "bytes": (folder / NETWORK).stat().st_size}
        (folder / MANIFEST).write_text(json.dumps(manifest))
        (folder / USERS).mkdir()
        (folder / USERS / backbone_id).touch()
        with full_disk_named():
            sync_tree(folder)
            self._join(backbone_id, folder, self._root / digest.removeprefix(ALGORITHM))
        return manifest

    def _join(self, backbone_id: str, folder: Path, final: Path) -> None:
        """Give a folder its name, or add the record to those that have what is there already. What
        is there might be damaged, so the same takes its place."""
        with self._alone():
            if final.exists():
                for name in (NETWORK, MANIFEST):
                    (folder / name).replace(final / name)
                (final / USERS / backbone_id).touch()
                sync_folder(final / USERS)
                sync_folder(final)
            else:
                folder.rename(final)
            sync_folder(self._root)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else adds or removes a record meanwhile: who looks whether others have a folder
        must not be overtaken by them."""
        folder = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def of(self, backbone_id: str) -> Json | None:
        """Returns the manifest of what a record has; None if it has nothing."""
        for folder in self._had_by(backbone_id):
            if (manifest := read_json(folder / MANIFEST)) is not None:
                return manifest
        return None

    def open(self, digest: str) -> tuple[Backbone, Path]:
        """Returns a backbone and the file of this machine with its network, after its digest was
        checked.

        Raises:
            BackboneNotFound: there is none of this digest.
            DamagedBackbone: its bytes are not those that were imported.
        """
        folder = self._root / digest.removeprefix(ALGORITHM)
        try:
            if (manifest := read_json(folder / MANIFEST)) is None:
                raise BackboneNotFound(f"No backbone has the digest {digest}.")
            known = {name: manifest[name] for name in Backbone.__annotations__}
            backbone = Backbone.from_dict(known)
            found = digest_of(folder / NETWORK, backbone.as_dict())
        except (LookupError, ValueError, OSError) as error:
            found = f"none: {error!r:.200}"
        if found != digest:
            raise DamagedBackbone(
                f"Expected a backbone with digest {digest}, got {found}. Its files have changed on "
                "disk; send the same file with the same options again, under a name of its own."
            )
        return backbone, folder / NETWORK

    def drop(self, backbone_id: str, needed: Set[str] = frozenset()) -> str | None:
        """Remove what a record has, unless another one has it too.

        Args:
            needed: digests of those that stay, though no record has them.

        Returns:
            The digest of what was removed; None if nothing was.
        """
        if not self._had_by(backbone_id):
            return None
        removed: str | None = None
        with self._alone():
            for folder in self._had_by(backbone_id):
                (folder / USERS / backbone_id).unlink(missing_ok=True)
                if drop_unused(folder, needed):
                    removed = ALGORITHM + folder.name
        return removed

    def drop_leftovers(self, age_s: float, needed: Set[str] = frozenset()) -> None:
        """Remove what a process that died was writing, once it is this old, and what it was
        removing.

        Args:
            needed: digests of those that stay, though no record has them.
        """
        remove_leftovers(self._root.glob(".*.part"), age_s)
        if folders := [*self._root.glob(DIGITS)]:
            with self._alone():
                for folder in folders:
                    drop_unused(folder, needed)

    def _had_by(self, backbone_id: str) -> list[Path]:
        return [path.parents[1] for path in self._root.glob(f"{DIGITS}/{USERS}/{backbone_id}")]


def drop_unused(folder: Path, needed: Set[str]) -> bool:
    """Remove a network that no record has, unless it is needed. Returns whether it was removed."""
    if any((folder / USERS).glob("*")) or ALGORITHM + folder.name in needed:
        return False
    remove(folder)
    return True


def digest_of(network: Path, about: Json) -> str:
    """Returns the sha256 of a network and of how it is used."""
    with network.open("rb") as file:
        digest = hashlib.file_digest(file, hashlib.sha256)
    digest.update(json.dumps(about, sort_keys=True).encode())
    return ALGORITHM + digest.hexdigest()
