"""Samples of stored datasets at another size, made again from the files that were uploaded."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from worker.data.edits.importer import import_edited
from worker.data.edits.parts import Stored
from worker.data.importer import import_files
from worker.data.options import ImportOptions
from worker.data.prepare import Prepared
from worker.data.progress import Tell
from worker.jsontypes import Json
from worker.spec import EditsSpec
from worker.tasks.context import WorkerContext


class Sources:
    """What a version is made of. Where it is to have another size, the uploads that it comes from
    are imported anew, and the edits that lie between are made again by the arrays that there are.

    Args:
        dataset_id: of the version.
        check: raises when it is no longer wanted; called again and again.
        tell: called with how far it is, each time anew for each of the datasets in question.
        side: pixels on each side of a picture; None for what the arrays have.
        scratch: holds the folders of what is imported anew.
    """

    def __init__(
        self,
        context: WorkerContext,
        dataset_id: str,
        check: Callable[[], None],
        tell: Tell,
        side: int | None,
        scratch: ExitStack,
    ) -> None:
        self._context, self._dataset_id, self._check = context, dataset_id, check
        self._tell, self._side = tell, side
        self._scratch = scratch
        self._resized: dict[str, tuple[Path, Prepared]] = {}

    def edited(self, edits: EditsSpec, parent: str, target: Path) -> Prepared:
        """Write the arrays of a dataset into a folder, edited.

        Raises:
            DatasetNotFound: a dataset is gone from which it comes.
            WorkerError: as `import_edited` raises it.
        """
        added = None if edits.add is None else self._stored(edits.add)
        settings, stored = self._context.settings, self._stored(parent)
        return import_edited(edits, stored, added, target, settings, self._check, self._tell)

    def _stored(self, dataset_id: str) -> Stored:
        datasets = self._context.store.datasets
        folder = datasets.local_arrays(dataset_id, self._check)
        manifest = datasets.manifest(dataset_id)
        samples, preprocessing = folder, manifest["preprocessing"]
        if self._side is not None:
            if dataset_id not in self._resized:
                self._resized[dataset_id] = self._made_again(dataset_id, manifest)
            samples, prepared = self._resized[dataset_id]
            preprocessing = prepared.preprocessing
        return Stored(folder, manifest["classes"], preprocessing, samples)

    def _made_again(self, dataset_id: str, manifest: Json) -> tuple[Path, Prepared]:
        """The folder of a dataset's arrays at the size, and what they hold."""
        context, datasets = self._context, self._context.store.datasets
        target = self._scratch.enter_context(datasets.local_folder(self._dataset_id))
        if "edits" in manifest:
            edits = EditsSpec.model_validate(manifest["edits"])
            return target, self.edited(edits, manifest["parent"], target)
        asked = {**manifest.get("options", {}), "image_size": self._side}
        options = ImportOptions.model_validate(asked)
        files = datasets.local_originals(dataset_id)
        return target, import_files(
            files, target, context.settings, options=options, check=self._check, tell=self._tell
        )
