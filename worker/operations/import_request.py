"""What an upload asks for, beside its files."""

from typing import NamedTuple

from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.jsontypes import Json


class ImportRequest(NamedTuple):
    """A request to import an upload.

    Attributes:
        name: of the dataset.
        options: how its files become samples.
        dry_run: whether nothing but the report is kept.
    """

    name: str
    options: ImportOptions = AS_THEY_ARE
    dry_run: bool = False

    def as_body(self) -> Json:
        """Returns what a record says of it: only what was asked for."""
        body: Json = {"name": self.name}
        if asked := self.options.model_dump(exclude_none=True):
            body["options"] = asked
        return body | {"dry_run": True} if self.dry_run else body
