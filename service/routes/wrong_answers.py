"""What a version of a model answered wrong: as a list, and as a sheet of pictures."""

from functools import partial
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import Query, Request, Response
from pydantic_core import to_json

from service.access.scopes import READ, ScopedRouter
from service.deps import Limit, StateDep, VersionNumber, WrongAnswersDep
from service.openapi.contract import Responses, problems
from service.requests.presence import while_present
from service.responses.etags import unless_known
from service.responses.pages import listed
from service.schemas.dataset_views import SplitName
from service.schemas.wrong_answers import WrongAnswer, WrongAnswers
from worker.operations.wrong_answers import WrongAnswer as Found

router = ScopedRouter(
    prefix="/v1/models/{name}/versions/{version}", tags=["models"], needs={"GET": READ}
)

PNG = "image/png"
PICTURE = {PNG: {"schema": {"type": "string", "format": "binary"}}}
REFUSALS: Responses = {304: {"description": "As you know it."}, **problems(404)}

Split = Annotated[SplitName, Query(description="On which the version was measured.")]
Class = Annotated[str | None, Query(alias="true", max_length=256, description="Of the rows.")]
Said = Annotated[str | None, Query(alias="predicted", max_length=256, description="The answer.")]
After = Annotated[
    int, Query(ge=0, le=2**31, description="The `next` of the page before: how many it ends at.")
]


@router.get("/errors", response_model=WrongAnswers, responses=problems(404))
def list_errors(
    name: str,
    version: VersionNumber,
    request: Request,
    wrong_answers: WrongAnswersDep,
    split: Split = "test",
    label: Class = None,
    said: Said = None,
    limit: Limit = 50,
    after: After = 0,
) -> Response:
    """Rows of a split that a version answered wrong, the surest answers first."""
    found = wrong_answers.of(name, version, split, label, said, after)
    root = request.scope["root_path"]
    numbered = enumerate(found.answers, start=after + 1)
    items, behind = listed(
        ((str(at), shown(found.dataset, one, root)) for at, one in numbered), limit
    )
    about = {"model": name, "version": version, "dataset": found.dataset, "split": split}
    counts = {"rows": found.rows, "wrong": found.wrong, "next": behind}
    body = b'%s,"data":[%s]}' % (to_json({**about, **counts})[:-1], items)
    return Response(body, media_type="application/json")


@router.get(
    "/errors.png", response_class=Response, responses={200: {"content": PICTURE}, **REFUSALS}
)
async def show_errors(
    name: str,
    version: VersionNumber,
    request: Request,
    app_state: StateDep,
    split: Split = "test",
    label: Class = None,
    said: Said = None,
) -> Response:
    """A sheet with the pictures of such rows. Those that look mislabelled have frames."""
    draw = partial(app_state.wrong_answers.sheet, name, version, split, label, said)
    sheet = await while_present(request, run_sync(draw, limiter=app_state.threads.drawing))
    return unless_known(request, sheet, PNG)


def shown(dataset: str, found: Found, root: str) -> WrongAnswer:
    """Returns a wrong answer as JSON shows it.

    Args:
        root: what stands before the paths of the service.
    """
    path = f"{root}/v1/datasets/{dataset}/rows/{found.row}.png?split={found.split}"
    about = found._asdict()
    picture = path if about.pop("has_picture") else None
    renamed = {"true": about.pop("label"), "predicted": about.pop("said")}
    return WrongAnswer(
        **about,
        **renamed,
        true_probability=about.pop("label_probability"),
        picture=picture,
    )
