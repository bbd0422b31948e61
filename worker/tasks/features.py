"""The features of a dataset: found in the store, or made there before what needs them begins."""

from contextlib import suppress
from pathlib import Path
from typing import Self

from worker.data.backbones.extraction import Pictures, extract
from worker.data.backbones.sizing import preprocessing
from worker.data.edits.features import edited_features
from worker.data.edits.parts import Stored
from worker.data.progress import Phase
from worker.data.rows import join_rows, same_rows
from worker.errors import CorruptFile, DatasetNotFound, QueueUnavailable, Stopped, StoreFull
from worker.jobs.attempt import Attempt
from worker.jsontypes import Json
from worker.operations.learned_problem import features_of
from worker.spec import EditsSpec, JobSpec
from worker.store.datasets import DatasetStore
from worker.store.features import Key
from worker.store.store import Store
from worker.tasks.context import WorkerContext
from worker.tasks.pace import Pace

ORIGINALS, ARRAYS = "originals", "arrays"  # from which features were made
NUMBER_BYTES = 4
MOST_LOST = 3  # times that features are removed while they are made


class Features:
    """Makes the features that a record needs, and tells it how far that is."""

    def __init__(self, context: WorkerContext, attempt: Attempt, wanted: Key, known: Json) -> None:
        """
        Args:
            wanted: which features.
            known: what the record's progress says beside how far they are.

        Raises:
            BackboneNotFound, DamagedBackbone: the backbone is not what was imported.
        """
        self._context, self._attempt, self._known = context, attempt, known
        self._store, self._wanted = context.store, wanted
        self._backbone, self._network = context.store.backbones.open(wanted.backbone)
        self._pace = Pace()

    @classmethod
    def of_job(cls, context: WorkerContext, attempt: Attempt, spec: JobSpec) -> Self:
        """Makes those on which a job trains.

        Raises:
            BackboneNotFound, DamagedBackbone: the backbone is not what was imported.
        """
        wanted = features_of(spec, context.store)
        known = {"epoch": 0, "epochs": spec.epochs, "loss": None, "accuracy": None}
        return cls(context, attempt, wanted, known)

    def key(self) -> Key:
        """Returns that of the features, which are there when this returns.

        Raises:
            WorkerError: they cannot be made, or the attempt must end.
        """
        key, lost = self._wanted, 0
        while True:
            try:
                self._ensured(key)
                return key
            except StoreFull:
                if not self._made_room():
                    raise
            except FileNotFoundError:  # somebody has removed them meanwhile
                lost += 1
                if lost == MOST_LOST:
                    raise

    def _ensured(self, key: Key) -> Path:
        """The folder of these features, made if they are not there."""
        features = self._store.features
        if (folder := features.local_arrays(key, self._check)) is not None:
            return folder
        self._tell("reading", 0, None)
        with features.alone(key, self._check):
            if (folder := features.local_arrays(key, self._check)) is not None:
                return folder
            self._store.check_room(self._rows(key.dataset) * self._backbone.features * NUMBER_BYTES)
            with features.local_folder(key) as part:
                source = self._made(key, part)
                self._check()
                folder = features.publish(key, part, {"source": source})
            self._store.quota.count_anew()  # sealed processes know nothing of it
            return folder

    def _made(self, key: Key, part: Path) -> str:
        """Write the features into a folder; returns of what they were made."""
        if key.form == "both":
            return self._joined(key, part)
        datasets, manifest = self._store.datasets, self._store.datasets.manifest(key.dataset)
        folder = datasets.local_arrays(key.dataset, self._check)
        if not has_photos(key.dataset, datasets):
            self._extract(key, [], folder, part)
            return ARRAYS
        if "edits" in manifest:
            self._edit(key, manifest, part)
        else:
            self._extract(key, datasets.local_originals(key.dataset), folder, part)
        check_rows(part, folder)
        return ORIGINALS

    def _joined(self, key: Key, part: Path) -> str:
        """Those of the pictures, and to train on, behind them, those of mirrored ones."""
        plain, mirrored = key._replace(form="plain"), key._replace(form="mirrored")
        folder, behind = self._ensured(plain), self._ensured(mirrored)
        for path in folder.glob("*.npy"):
            more = [behind / path.name] if path.name == "train_x.npy" else []
            join_rows([path, *more], part / path.name)
        return source_of(plain, self._store)

    def _extract(self, key: Key, files: list[Path], folder: Path, part: Path) -> None:
        mirrored = key.form == "mirrored"
        pictures = Pictures(files, folder, self._rows(key.dataset), mirrored)
        settings, told = self._context.settings, (self._check, self._tell)
        extract(pictures, self._backbone, self._network, part, settings, *told)

    def _edit(self, key: Key, manifest: Json, part: Path) -> None:
        edits = EditsSpec.model_validate(manifest["edits"])
        added = None if edits.add is None else self._stored(key._replace(dataset=edits.add))
        parent = self._stored(key._replace(dataset=manifest["parent"]))
        settings, count = self._context.settings, self._backbone.features
        edited_features(edits, parent, added, part, settings, count, self._check, self._tell)

    def _stored(self, key: Key) -> Stored:
        """A dataset with its features as samples."""
        datasets, samples = self._store.datasets, self._ensured(key)
        manifest = datasets.manifest(key.dataset)
        folder = datasets.local_arrays(key.dataset, self._check)
        return Stored(folder, manifest["classes"], manifest["preprocessing"], samples)

    def _rows(self, dataset_id: str) -> int:
        splits = self._store.datasets.manifest(dataset_id)["splits"].values()
        return sum(split["rows"] for split in splits)

    def _tell(self, phase: Phase, done: int, total: int | None) -> None:
        """Note on the record how many pictures are done."""
        if phase != "converting":
            total = None
        progress = {"phase": "features", **self._known, **self._pace.of(phase, done, total)}
        self._attempt.note(progress=progress)
        self._attempt.show("progress", progress)

    def _check(self) -> None:
        """Raise if the attempt must end. One that is to be stopped learns something first."""
        with suppress(Stopped):
            self._attempt.check()

    def _made_room(self) -> bool:
        """Whether a dataset of the trash made way."""
        with suppress(QueueUnavailable):
            return self._context.room.make()
        return False


def check_rows(part: Path, folder: Path) -> None:
    """Refuse features of other rows than a dataset has.

    Args:
        part: the folder of the features.
        folder: of the dataset's arrays.

    Raises:
        CorruptFile: its files were read otherwise, perhaps by another version of a library.
        FileNotFoundError: somebody has removed the features.
    """
    if not part.exists():
        raise FileNotFoundError(part)
    for path in folder.glob("*_y.npy"):
        if not same_rows(path, part / path.name):
            raise CorruptFile(
                "Expected the uploaded files to hold the rows that the dataset has, but they are "
                "read otherwise today; upload them again."
            )


def seen_by_backbone(key: Key, store: Store) -> Json:
    """Returns what the manifest of a model says otherwise which answers by a backbone: how a
    picture becomes what the backbone is given, and how many features that makes."""
    backbone, _ = store.backbones.open(key.backbone)
    about: Json = {"backbone": key.backbone, "features": backbone.features}
    if source_of(key, store) == ORIGINALS:
        how = preprocessing(backbone.input)
        about |= {"preprocessing": how.as_dict(), "shape": [*how.shape]}
    return about


def source_of(key: Key, store: Store) -> str:
    """Returns of what features were made, or would be."""
    if (manifest := store.features.manifest(key)) is not None:
        return str(manifest["source"])
    return ORIGINALS if has_photos(key.dataset, store.datasets) else ARRAYS


def has_photos(dataset_id: str, datasets: DatasetStore) -> bool:
    """Whether the files of all uploads are there from which a dataset comes."""
    try:
        manifest = datasets.manifest(dataset_id)
    except DatasetNotFound:
        return False
    if edits := manifest.get("edits"):
        sources = [manifest["parent"], *([edits["add"]] if edits.get("add") else [])]
        return all(has_photos(source, datasets) for source in sources)
    return datasets.has_originals(dataset_id)
