"""Admission: what a job must fulfil before it is accepted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from worker.errors import (
    BackboneNotFound,
    DatasetNotFound,
    DeviceUnavailable,
    InvalidParameter,
    JobNotFound,
)
from worker.jobs.queue import JobQueue
from worker.jobs.transitions import Transitions
from worker.jsontypes import Json
from worker.operations.checkpoints import check_checkpoint
from worker.operations.extent import check_batches, check_folds, check_size
from worker.operations.kept_versions import versions_kept
from worker.operations.learned_problem import backbone_of, problem_of
from worker.operations.named_backbone import backbone_named, ready_backbone
from worker.operations.ready_dataset import manifest_of
from worker.operations.seen_rows import check_unseen
from worker.operations.starting_model import check_start, started, starting_model
from worker.operations.verification import check_verified
from worker.settings import Settings
from worker.spec import JobSpec
from worker.spec.recipes import suited
from worker.store.store import Store
from worker.training import build


class Admission:
    """Checks a job's dataset, parent, start, size and device."""

    def __init__(
        self,
        records: Mapping[str, Transitions],
        job_queue: JobQueue,
        store: Store,
        settings: Settings,
    ) -> None:
        self._records, self._datasets = records["job"], records["ds"]
        self._backbones = records["bb"]
        self._job_queue, self._settings = job_queue, settings
        self._remembering, self._store = store.archive.remembering, store

    def admitted(self, spec: JobSpec) -> JobSpec:
        """Returns the whole spec of a job: one that says nothing of its network gets that of the
        model from which it starts, or the recipe for its dataset. Refuses a job that would
        certainly fail.

        Raises:
            CheckpointNotFound: the checkpoint that it is to publish is not there.
            DatasetNotReady: its dataset is not imported yet, was rejected, or is in the trash.
            IllegalMove: it is to verify a version of which nobody knows where its training ended.
            DeviceUnavailable: it needs a graphics processor, and no worker has one.
            InvalidParameter: its dataset, its parent, its backbone or the model from which it
                starts does not exist or does not fit, a finding is severe, or a layer can do
                nothing with what arrives there.
            LimitExceeded: its network is too large, or it needs too much memory.
            QueueUnavailable: Redis does not answer, or does not know the dataset again yet.
        """
        with self.dataset_named(spec.dataset):
            dataset = self._datasets.get(spec.dataset)
        manifest = manifest_of(dataset)
        start = spec.start_from
        model = None if start is None else starting_model(start, self._store.models)
        whole = suited(spec, manifest["shape"]) if model is None else started(spec, model)
        whole = whole.model_copy(update={"backbone": self._backbone_of(whole, manifest)})
        _check_findings(spec, manifest)
        self._check_parent(whole)
        check_checkpoint(whole, self._records, self._store)
        check_verified(whole, manifest, self._store)
        self._check_network(whole, manifest, model)
        self._check_device(whole)
        return whole

    @contextmanager
    def dataset_named(self, dataset_id: str) -> Iterator[None]:
        """Within this block, a dataset that does not exist is a fault of the job that names it."""
        try:
            with self._remembering(dataset_id):
                yield
        except DatasetNotFound as error:
            raise InvalidParameter(f"{error} Upload one first.", "/dataset") from error

    @contextmanager
    def needed_named(self, body: Json) -> Iterator[list[str]]:
        """Yields the ids of what a job needs. Within this block, what does not exist is a fault of
        the job that names it, and nobody deletes a version of a model that it needs."""
        dataset, backbone = body["dataset"], body.get("backbone")
        try:
            with versions_kept("job", body, self._store):
                yield [dataset] if backbone is None else [dataset, backbone]
        except DatasetNotFound:
            with self.dataset_named(dataset):
                raise
        except BackboneNotFound:
            with backbone_named(body["backbone"], self._store.archive):
                raise

    def _backbone_of(self, spec: JobSpec, dataset: Json) -> str | None:
        """The id of the backbone on whose features a job trains, if it does on any.

        Raises:
            InvalidParameter: it is not there, or makes nothing of such samples.
        """
        if spec.backbone is None:
            return None
        if len(dataset["shape"]) == 1:
            raise InvalidParameter(
                "Expected a dataset of pictures for a backbone, got one of a table; leave it out.",
                "/backbone",
            )
        return ready_backbone(spec.backbone, self._backbones, self._store.archive).id

    def _check_parent(self, spec: JobSpec) -> None:
        if spec.parent is not None:
            try:
                with self._remembering(spec.parent):
                    self._records.get(spec.parent)
            except JobNotFound as error:
                raise InvalidParameter(
                    f"Expected a job that is there as parent. {error}", "/parent"
                ) from error

    def _check_network(self, spec: JobSpec, manifest: Json, model: Json | None) -> None:
        plan = build.plan(spec, problem_of(spec, manifest, self._store))
        if model is not None:
            ours = None if spec.backbone is None else backbone_of(spec, self._store)["digest"]
            check_start(spec, plan.network, {**manifest, "backbone": ours}, model)
            check_unseen(spec, manifest, model, self._store)
        per_class = manifest["splits"]["train"]["per_class"]
        check_folds(plan, manifest["classes"], per_class)
        check_batches(plan, per_class)
        check_size(plan, self._settings)

    def _check_device(self, spec: JobSpec) -> None:
        if spec.device == "gpu" and not self._job_queue.has_gpu_worker():
            raise DeviceUnavailable(
                'Expected a worker with a graphics processor for device "gpu", found none. Start '
                "one on a machine with an NVIDIA GPU, after "
                '`pip install "purrceptron-server[gpu]"`, or set device to "auto".',
                "/device",
            )


def _check_findings(spec: JobSpec, manifest: Json) -> None:
    for finding in manifest["findings"]:
        code = finding["code"]
        if finding["severity"] == "severe" and code not in spec.accept:
            raise InvalidParameter(
                f"Expected a dataset without severe findings, but it has {code}: "
                f"{finding['message']} Make a version of it without that, or train in spite of it "
                f'with "accept": ["{code}"].',
                "/accept",
            )
