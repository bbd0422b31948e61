"""One door to all that is kept. Nothing half-made is ever visible: write aside, fsync, rename.

What comes through it are names, JSON, arrays and open files. A path comes from methods that are
called `local_…` alone, for what the operating system must be told of this machine.
"""

from pathlib import Path

from worker.store.aliases import Aliases
from worker.store.answered import AnsweredStore
from worker.store.api_keys import KeyStore
from worker.store.backbones import BackboneStore
from worker.store.books import BookStore
from worker.store.candidate_answers import CandidateAnswers
from worker.store.datasets import DatasetStore
from worker.store.expiring import Expiring
from worker.store.exports import ExportStore
from worker.store.features import FeatureStore
from worker.store.jobs import JobStore
from worker.store.kept_checkpoints import KeptCheckpoints
from worker.store.labels import LabelStore
from worker.store.lineages import Lineages
from worker.store.model_needs import ModelNeeds
from worker.store.model_trash import ModelTrash
from worker.store.models import ModelStore
from worker.store.originals import Originals
from worker.store.quota import Quota
from worker.store.record_archive import Archive
from worker.store.right_answers import RightAnswers
from worker.store.scorings import ScoringStore
from worker.store.space import Space
from worker.store.uploads import UploadStore
from worker.store.usage import Usage
from worker.store.version import StoreVersion

BACKBONE, SCORING = "bb_", "pred_"  # how their ids begin
FOLDERS = (
    "answered", "backbones", "datasets", "features", "imports", "jobs", "lineages", "models",
    "originals", "predictions", "schedules", "sweeps", "uploads",
)  # fmt: skip


class Store:
    """One folder; safe for any number of processes that share it.

    Attributes:
        version: which releases can work with it.
        space: what of its disk is free.
        usage: what takes its room.
        quota: what it may take of that disk.
        uploads, datasets, backbones, jobs, models: what is kept of each.
        aliases: which version of a model each of its aliases names.
        exports: what is made of versions for others to take away.
        right_answers: by which rows versions of a model are compared.
        model_needs: what the models that are kept come from.
        model_trash: versions of models that were deleted.
        features: what backbones have made of datasets' pictures.
        scorings: what models have answered to the rows of datasets.
        sweeps, schedules: which of them there are, and which jobs each of them has.
        answered: what was answered, to be judged later.
        kept_checkpoints: of jobs, those that may be published.
        candidate_answers: by which candidates of sweeps are told apart.
        originals: uploaded files that are kept with their datasets.
        lineages: which versions of datasets there are.
        archive: what was asked for, and how it ended.
        expiring: what may go with time.
        labels: notes and tags of jobs, datasets and models.
        api_keys: who may ask for what. It is in none of the FOLDERS: nobody who works for a record
            may write there.
    """

    def __init__(self, root: Path, min_free_bytes: int = 0, max_bytes: int = 0) -> None:
        self._root = root
        self.version = StoreVersion(root)
        self.space = Space(root, min_free_bytes)
        self.usage = Usage(root)
        self.quota = Quota(root, [root / name for name in FOLDERS], max_bytes)
        self.uploads = UploadStore(root / "uploads")
        self.datasets = DatasetStore(root / "datasets")
        self.backbones = BackboneStore(root / "backbones")
        self.features = FeatureStore(root / "features")
        self.originals = Originals(root / "originals", self.space)
        self.lineages = Lineages(root / "lineages")
        self.jobs = JobStore(root / "jobs", self.space)
        self.kept_checkpoints = KeptCheckpoints(root / "jobs")
        self.candidate_answers = CandidateAnswers(root / "jobs")
        self.models = ModelStore(root / "models", self.space)
        self.aliases = Aliases(root / "models", self.models)
        self.exports = ExportStore(root / "models", self.space)
        self.right_answers = RightAnswers(root / "models")
        self.scorings = ScoringStore(root / "predictions")
        self.sweeps = BookStore(root / "sweeps", "swp")
        self.schedules = BookStore(root / "schedules", "sch")
        self.answered = AnsweredStore(root / "answered")
        self.model_needs = ModelNeeds(root / "models")
        self.model_trash = ModelTrash(root / "models", self.models, self.right_answers)
        self.archive = Archive(root)
        self.expiring = Expiring(root)
        self.labels = LabelStore(root)
        self.api_keys = KeyStore(root / "keys")

    def local_folders(self) -> list[Path]:
        """Returns the folders of this machine to which whoever works for a record may write. They
        exist when this returns."""
        found = [self._root / name for name in FOLDERS]
        for folder in found:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return found

    def check_room(self, wanted_bytes: int = 0) -> None:
        """Refuse what would not leave the reserve free, or take the store over its quota.

        Raises:
            StoreFull: there is no room for so many bytes more.
        """
        self.space.check(wanted_bytes)
        self.quota.check(wanted_bytes)

    def drop(self, record_id: str) -> None:
        """Remove what was made for a scoring, and what was uploaded for it; or what was published
        of an import, with the originals that it alone had, and the features that were made of it or
        by it. A backbone that a model needs stays."""
        if record_id.startswith(SCORING):
            self.scorings.drop(record_id)
            self.uploads.drop(record_id)
        elif not record_id.startswith(BACKBONE):
            self.features.drop(record_id)
            self.datasets.drop(record_id)
            self.originals.drop_unused()
        elif (gone := self.backbones.drop(record_id, self.model_needs.backbones())) is not None:
            self.features.drop_of_backbone(gone)

    def withdraw_model(self, name: str, job_id: str) -> None:
        """Take back the version that a job has published, if it has; no alias names it then."""
        if (version := self.models.version_of(name, job_id)) is not None:
            self.models.withdraw(name, job_id)
            self.aliases.forget(name, version)

    def dataset_bytes(self, dataset_id: str) -> int:
        """Returns what the files of a dataset take, with the features that were made of it."""
        return self.datasets.bytes(dataset_id) + self.features.bytes(dataset_id)

    def has(self, record_id: str) -> bool:
        """Returns whether anything was made for a scoring, or published of an import."""
        if record_id.startswith(SCORING):
            return self.scorings.has(record_id)
        if record_id.startswith(BACKBONE):
            return self.backbones.of(record_id) is not None
        return self.datasets.has(record_id)

    def forget_lineage(self, root: str) -> None:
        """Forget which versions there were of an upload, once none of them is left."""
        ids = [root, *(entry.id for entry in self.lineages.entries(root))]
        if not any(map(self.archive.knows, ids)):
            self.lineages.forget(root)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what processes that died were writing, once it has not changed for so many seconds
        that nobody can be writing it any more."""
        self.backbones.drop_leftovers(age_s, self.model_needs.backbones())
        for kept in (
            self.datasets,
            self.features,
            self.jobs,
            self.lineages,
            self.models,
            self.model_trash,
            self.aliases,
            self.right_answers,
            self.scorings,
            self.sweeps,
            self.schedules,
            self.uploads,
            self.archive,
            self.labels,
            self.api_keys,
        ):
            kept.drop_leftovers(age_s)
        self.originals.drop_unused()
