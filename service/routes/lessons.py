"""One step of a training, shown whole."""

from collections.abc import Callable
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Query, Request, Response

from service.access.scopes import READ, READ_OR_TRAIN, ScopedRouter
from service.deps import StateDep
from service.openapi.contract import problems
from service.requests.json_body import StrictRoute
from service.requests.presence import while_present
from service.routes.jobs import Submission
from service.schemas.lessons import Lesson
from service.state import AppState
from worker.operations.lessons import Lessons
from worker.training.lesson import Lesson as Found

router = ScopedRouter(
    prefix="/v1/lessons",
    tags=["jobs"],
    route_class=StrictRoute,
    needs={"GET": READ, "POST": READ_OR_TRAIN},
)

Job = Annotated[str, Query(max_length=64, description="The id of a job.")]
Most = Annotated[int, Query(ge=1, le=32, description="Numbers along each side of an array.")]
MOST = 8


@router.get("/step", response_model=Lesson, responses=problems(404))
async def show_step(job: Job, request: Request, app_state: StateDep, most: Most = MOST) -> Response:
    """The step with which a job began, on four of its rows: every array with its formula and its
    numbers, forwards and back, what was kept, and the update."""
    return await told(request, app_state, lambda lessons: lessons.of_job(job), most)


@router.post("/step", response_model=Lesson, responses=problems(404, 409))
async def make_step(
    spec: Submission, request: Request, app_state: StateDep, most: Most = MOST
) -> Response:
    """The same of the job that this spec asks for; nothing is submitted."""
    return await told(request, app_state, lambda lessons: lessons.of_spec(spec), most)


async def told(
    request: Request, app_state: AppState, find: Callable[[Lessons], Found], most: int
) -> Response:
    """Returns a step, which a thread computes that may take long."""

    def found() -> str:
        lessons = Lessons(app_state.jobs, app_state.store)
        return Lesson.of(find(lessons), most).model_dump_json()

    found_by_thread = run_sync(found, limiter=app_state.threads.showing)
    body = await while_present(request, found_by_thread)
    return Response(body, media_type="application/json")
