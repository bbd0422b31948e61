"""Filters of lists, as the address of a list names them."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from service.schemas.datasets import DatasetState
from worker.jobs.filtered_pages import Filter
from worker.jobs.record import State
from worker.jobs.redis_records import TRASHED
from worker.operations.model_filter import Wanted
from worker.spec.labels import Tags
from worker.spec.names import DatasetId, ModelName, ScheduleId, SweepId

OfModel = Annotated[ModelName | None, Query(description="Those that train this model.")]
OfDataset = Annotated[DatasetId | None, Query(description="Those that learn from this dataset.")]
OfSweep = Annotated[SweepId | None, Query(description="Those that this sweep has made.")]
OfSchedule = Annotated[ScheduleId | None, Query(description="Those that this schedule has made.")]
WithTags = Annotated[
    Tags | None, Query(description="Those that have this tag; of several, all of them.")
]
# The states of records in which a dataset of a state is. What is imported is told apart by what
# was asked for.
IN: dict[DatasetState | None, tuple[str, ...]] = {
    None: (),
    "importing": (State.QUEUED, State.RUNNING),
    "ready": (State.SUCCEEDED,),
    "checked": (State.SUCCEEDED,),
    "rejected": (State.FAILED,),
    "cancelled": (State.CANCELLED,),
    "trashed": (TRASHED,),
}


async def job_filters(
    model: OfModel = None,
    dataset: OfDataset = None,
    sweep: OfSweep = None,
    schedule: OfSchedule = None,
    tag: WithTags = None,
) -> list[Filter]:
    named = [("model", model), ("dataset", dataset), ("sweep", sweep)]
    named.append(("schedule", schedule))
    named += [("tag", each) for each in tag or ()]
    return [Filter(name, value) for name, value in named if value is not None]


async def dataset_filters(
    state: Annotated[DatasetState | None, Query()] = None,
    kind: Annotated[Literal["images", "table"] | None, Query()] = None,
    tag: WithTags = None,
) -> tuple[tuple[str, ...], list[Filter]]:
    """The states of the records that are wanted, and what else."""
    shown = state if state in ("ready", "checked") else None
    named = [("as", shown), ("kind", kind), *(("tag", each) for each in tag or ())]
    return IN[state], [Filter(name, value) for name, value in named if value is not None]


async def wanted_models(dataset: OfDataset = None, tag: WithTags = None) -> Wanted:
    return Wanted(dataset, frozenset(tag or ()))


JobFilters = Annotated[list[Filter], Depends(job_filters)]
DatasetFilters = Annotated[tuple[tuple[str, ...], list[Filter]], Depends(dataset_filters)]
WantedModels = Annotated[Wanted, Depends(wanted_models)]
