"""`purr lesson`: one step of a training, shown whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import completion
from service.cli.commands.connection import connected
from service.cli.commands.options import AsJson
from service.cli.commands.train import SpecFile, read_spec
from service.cli.names import job_id, with_dataset_id
from service.cli.render.lesson import lesson_in_lines
from service.cli.terminal import say_paged, say_raw

if TYPE_CHECKING:
    from service.cli.answers import Answer
    from service.schemas.lessons import Lesson


def lesson(
    job: Annotated[
        str | None,
        typer.Option(
            help="Its id, or the model it trains: the newest job of that.",
            autocompletion=completion.jobs,
        ),
    ] = None,
    spec: SpecFile = None,
    most: Annotated[
        int, typer.Option(min=1, max=32, help="Numbers along each side of an array.")
    ] = 8,
    as_json: AsJson = False,
) -> None:
    """Show one step of a training: each array forwards and back, what was kept, and the update.

    Without a job and a spec, those of two small networks, for which no service is needed."""
    if job is not None and spec is not None:
        raise typer.BadParameter("Expected a job or a spec, got both. Leave one out.")
    if job is None and spec is None:
        _show_examples(most, as_json)
        return
    with connected() as client:
        if job is not None:
            _show(client.lesson(job_id(client, job), most), as_json)
        elif spec is not None:
            asked = with_dataset_id(client, read_spec(spec))
            _show(client.lesson_of(asked, most), as_json)


def _show(answer: Answer, as_json: bool) -> None:
    if as_json:
        say_raw(answer.raw)
    else:
        say_paged(lesson_in_lines(answer.json))


def _show_examples(most: int, as_json: bool) -> None:
    found = list(_examples(most))
    if as_json:
        for each in found:
            say_raw(each.model_dump_json().encode())
    else:
        say_paged(line for each in found for line in lesson_in_lines(each.model_dump()))


def _examples(most: int) -> Iterator[Lesson]:
    """They are computed here, so the core is loaded; no other command waits for that."""
    from service.schemas.lessons import Lesson
    from worker.operations.lesson_examples import EXAMPLES

    for example in EXAMPLES:
        yield Lesson.of(example(), most)
