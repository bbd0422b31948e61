"""What an upload asks for, beside its files."""

from collections.abc import Sequence
from typing import NamedTuple

from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.jsontypes import Json


class ImportRequest(NamedTuple):
    """A request to import an upload.

    Attributes:
        name: of the dataset.
        options: how its files become samples.
        dry_run: whether nothing but the report is kept.
        notes, tags: of the dataset as it is made.
    """

    name: str
    options: ImportOptions = AS_THEY_ARE
    dry_run: bool = False
    notes: str = ""
    tags: Sequence[str] = ()

    def as_body(self) -> Json:
        """Returns what a record says of it: only what was asked for."""
        body: Json = {"name": self.name}
        if asked := self.options.model_dump(exclude_none=True):
            body["options"] = asked
        said = {"dry_run": self.dry_run, "notes": self.notes, "tags": [*self.tags]}
        return body | {name: value for name, value in said.items() if value}
