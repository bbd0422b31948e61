"""Notes and tags of jobs, datasets and models."""

from typing import Annotated

from fastapi import Header

from service.access.scopes import TRAIN, ScopedRouter
from service.deps import DatasetsDep, JobsDep, LabellingDep, ModelsDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.responses.dataset import told_of
from service.responses.etags import check_unchanged
from service.responses.job import job_json
from service.schemas.datasets import Dataset
from service.schemas.jobs import Job
from service.schemas.models import Model
from worker.spec.labels import LabelsPatch

router = ScopedRouter(prefix="/v1", route_class=StrictRoute, needs={"PATCH": TRAIN})

IfMatch = Annotated[
    str | None, Header(description="The `ETag` of the job, to change none that has changed since.")
]


@router.patch("/jobs/{job_id}", tags=["jobs"], responses=problems(404, 412, 507))
def label_job(
    job_id: str,
    patch: LabelsPatch,
    jobs: JobsDep,
    labelling: LabellingDep,
    if_match: IfMatch = None,
) -> Job:
    """Set notes or tags of a job, by a JSON Merge Patch."""

    def check() -> None:
        if if_match is not None:
            check_unchanged(if_match, job_json(jobs, job_id).encode())

    record = labelling.record(jobs.get(job_id).id, patch, check)
    return Job.of(record, jobs.position(job_id), summary=jobs.summary(record))


@router.patch("/datasets/{dataset_id}", tags=["datasets"], responses=problems(404, 507))
def label_dataset(
    dataset_id: str, patch: LabelsPatch, datasets: DatasetsDep, labelling: LabellingDep
) -> Dataset:
    """Set notes or tags of a dataset, by a JSON Merge Patch. Its rows never change."""
    return told_of(labelling.record(datasets.get(dataset_id).id, patch), datasets)


@router.patch("/models/{name}", tags=["models"], responses=problems(404, 507))
def label_model(name: str, patch: LabelsPatch, models: ModelsDep, labelling: LabellingDep) -> Model:
    """Set notes or tags of a model, by a JSON Merge Patch; the answer has its newest version
    alone."""
    labelling.model(name, patch)
    return Model.of(models.newest(name))
