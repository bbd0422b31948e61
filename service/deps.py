"""What routes are given.

All of it is asynchronous: a plain function would take a turn of a thread in every request.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request

from service.access.auditing import Audit
from service.middleware.access import Access
from service.settings import ServiceSettings
from service.state import AppState
from service.telemetry.telemetry import Telemetry
from worker.operations.backbones import Backbones
from worker.operations.dataset_views import DatasetViews
from worker.operations.datasets import Datasets
from worker.operations.deleted_models import DeletedModels
from worker.operations.jobs import Jobs
from worker.operations.labelling import Labelling
from worker.operations.models import Models
from worker.operations.promotions import Promotions
from worker.operations.retention import Retention
from worker.operations.schedules import Schedules
from worker.operations.scorings import Scorings
from worker.operations.sweeps import Sweeps
from worker.operations.versions import Versions
from worker.operations.wrong_answers import WrongAnswers
from worker.spec.names import MODEL_NAME


async def app_state(request: Request) -> AppState:
    state: AppState = request.app.state.app_state
    return state


StateDep = Annotated[AppState, Depends(app_state)]


async def moving(name: str, app_state: StateDep) -> AsyncIterator[None]:
    """For routes that change which version of a model answers: the next question sees it."""
    try:
        yield
    finally:
        app_state.predictor.forget(name)


async def jobs(app_state: StateDep) -> Jobs:
    return app_state.jobs


async def datasets(app_state: StateDep) -> Datasets:
    return app_state.datasets


async def backbones(app_state: StateDep) -> Backbones:
    return app_state.backbones


async def versions(app_state: StateDep) -> Versions:
    return app_state.versions


async def views(app_state: StateDep) -> DatasetViews:
    return app_state.views


async def models(app_state: StateDep) -> Models:
    return app_state.models


async def deleted_models(app_state: StateDep) -> DeletedModels:
    return app_state.deleted_models


async def promotions(app_state: StateDep) -> Promotions:
    return app_state.promotions


async def scorings(app_state: StateDep) -> Scorings:
    return app_state.scorings


async def sweeps(app_state: StateDep) -> Sweeps:
    return app_state.sweeps


async def schedules(app_state: StateDep) -> Schedules:
    return app_state.schedules


async def labelling(app_state: StateDep) -> Labelling:
    return app_state.labelling


async def wrong_answers(app_state: StateDep) -> WrongAnswers:
    return app_state.wrong_answers


async def settings(app_state: StateDep) -> ServiceSettings:
    return app_state.settings


async def access(request: Request) -> Access:
    found: Access = request.app.state.access
    return found


async def audit(request: Request) -> Audit:
    found: Audit = request.app.state.audit
    return found


async def telemetry(request: Request) -> Telemetry:
    found: Telemetry = request.app.state.telemetry
    return found


async def retention(request: Request) -> Retention:
    found: Retention = request.app.state.retention
    return found


JobsDep = Annotated[Jobs, Depends(jobs)]
DatasetsDep = Annotated[Datasets, Depends(datasets)]
BackbonesDep = Annotated[Backbones, Depends(backbones)]
VersionsDep = Annotated[Versions, Depends(versions)]
ViewsDep = Annotated[DatasetViews, Depends(views)]
ModelsDep = Annotated[Models, Depends(models)]
DeletedModelsDep = Annotated[DeletedModels, Depends(deleted_models)]
PromotionsDep = Annotated[Promotions, Depends(promotions)]
ScoringsDep = Annotated[Scorings, Depends(scorings)]
SweepsDep = Annotated[Sweeps, Depends(sweeps)]
SchedulesDep = Annotated[Schedules, Depends(schedules)]
LabellingDep = Annotated[Labelling, Depends(labelling)]
WrongAnswersDep = Annotated[WrongAnswers, Depends(wrong_answers)]
SettingsDep = Annotated[ServiceSettings, Depends(settings)]
AccessDep = Annotated[Access, Depends(access)]
AuditDep = Annotated[Audit, Depends(audit)]
TelemetryDep = Annotated[Telemetry, Depends(telemetry)]
RetentionDep = Annotated[Retention, Depends(retention)]
MOVING = Depends(moving, scope="function")  # before the answer is sent

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Counted from 1.")]
AliasName = Annotated[str, Path(pattern=MODEL_NAME, description="`champion` is what answers.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Items in the answer.")]
After = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The `next` of the page before."),
]
AfterVersion = Annotated[
    int | None, Query(ge=1, le=2**31, description="The `next` of the page before.")
]
TrashedAlone = Annotated[
    Literal["trashed"] | None, Query(description="Those in the trash; otherwise those in use.")
]
