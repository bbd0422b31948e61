"""What routes are given."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from service.rooms import Rooms
from service.settings import ServiceSettings
from service.telemetry.telemetry import Telemetry
from worker.datasets import Datasets
from worker.jobs import Jobs
from worker.predict import Predictor
from worker.store import Store


def rooms(request: Request) -> Rooms:
    return request.app.state.rooms  # type: ignore[no-any-return]


RoomsDep = Annotated[Rooms, Depends(rooms)]


def jobs(rooms: RoomsDep) -> Jobs:
    return rooms.jobs


def datasets(rooms: RoomsDep) -> Datasets:
    return rooms.datasets


def store(rooms: RoomsDep) -> Store:
    return rooms.store


def predictor(rooms: RoomsDep) -> Predictor:
    return rooms.predictor


def settings(rooms: RoomsDep) -> ServiceSettings:
    return rooms.settings


def telemetry(request: Request) -> Telemetry:
    return request.app.state.telemetry  # type: ignore[no-any-return]


JobsDep = Annotated[Jobs, Depends(jobs)]
DatasetsDep = Annotated[Datasets, Depends(datasets)]
StoreDep = Annotated[Store, Depends(store)]
PredictorDep = Annotated[Predictor, Depends(predictor)]
SettingsDep = Annotated[ServiceSettings, Depends(settings)]
TelemetryDep = Annotated[Telemetry, Depends(telemetry)]

VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Counted from 1.")]
Limit = Annotated[int, Query(ge=1, le=100, description="Items in the answer.")]
After = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="The `next` of the page before."),
]
