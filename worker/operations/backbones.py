"""What the service may ask for about backbones: networks of others that make features."""

from collections.abc import Iterable

from worker.data.backbones.options import BackboneOptions
from worker.errors import IllegalMove
from worker.jobs.record import Record, State, is_id
from worker.jsontypes import Json
from worker.operations.imports import Imports
from worker.operations.named_backbone import all_backbones, called
from worker.operations.upload import Upload

NAMED = 5  # models in a message


class Backbones(Imports):
    """Networks that were sent, by their id or name. Several may have a name: the newest that is
    ready is meant, or else the newest.

    Every method raises QueueUnavailable if Redis does not answer, or has forgotten a backbone and
    is being told of it again; and BackboneNotFound if there is no such backbone.
    """

    def find(self, name: str) -> Record:
        """Returns the backbone of this id, or of this name."""
        return self.get(name) if is_id("bb", name) else called(name, self._records)

    def accept_network(
        self, backbone_id: str, upload: Upload, name: str, options: BackboneOptions
    ) -> Record:
        """Queue the import, and return its record; or return the backbone that was made of the same
        file with the same name and options before.

        Raises:
            InvalidParameter, UnsupportedFile, QueueFull, StoreFull, AcceptanceUnknown: as `accept`
                raises them.
        """
        upload.seal()
        body: Json = {"name": name, "sha256": self._store.uploads.sha256(backbone_id)}
        if asked := options.asked():
            body["options"] = asked
        for known in self._all():
            if known.body == body and known.state not in (State.FAILED, State.CANCELLED):
                self._store.uploads.drop(backbone_id)
                return known
        return self.queue(backbone_id, body)

    def delete(self, name: str) -> None:
        """Delete a backbone for good.

        Raises:
            IllegalMove: it is still being imported, or a model needs it.
        """
        backbone = self.find(name)
        if needed := self.needed_by(backbone):
            raise IllegalMove(
                f"Expected a backbone that no model needs, but {', '.join(needed[:NAMED])} "
                f"{'do' if len(needed) > 1 else 'does'}; it stays with them."
            )
        with self._store.archive.remembering(backbone.id):
            self._trash.put(backbone, 0)

    def needed_by(self, backbone: Record) -> list[str]:
        """Returns the names of the models that answer by its network."""
        if backbone.result is None:
            return []
        return self._store.model_needs.with_backbone(backbone.result["digest"])

    def bytes(self, backbone: Record) -> int:
        """Returns what its files take on the disk: its upload, until it is imported, and then its
        network."""
        network: int = backbone.result["bytes"] if backbone.result else 0
        return self._store.uploads.bytes(backbone.id) + network

    def _all(self) -> Iterable[Record]:
        """All of them, the newest first, each read when it is looked at."""
        return all_backbones(self._records)
