"""What an export is made from."""

from pathlib import Path
from typing import NamedTuple

from worker.data.backbones.backbone import Backbone
from worker.jsontypes import Json


class Sources(NamedTuple):
    """Files of this machine, and what is known of them.

    Attributes:
        manifest: of the version.
        weights: its tensors.
        arrays: the folder of the dataset's.
        backbone, network: what is known of its backbone, and the file of it.
    """

    manifest: Json
    weights: Path
    arrays: Path
    backbone: Backbone | None = None
    network: Path | None = None

    @property
    def files(self) -> list[Path]:
        return [self.weights, *([self.network] if self.network else [])]
