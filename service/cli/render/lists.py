"""Answers and lists of them: as the API said them, or for a person."""

from collections.abc import Callable, Iterable, Sequence

from service.cli.answers import Answer
from service.cli.render.words import problem_of
from service.cli.terminal import remark, say, say_fields, say_raw
from worker.jsontypes import Json


def tell(answer: Answer, show: Callable[[Json], None], as_json: bool) -> None:
    if as_json:
        say_raw(answer.raw)
    else:
        show(answer.json)


def tell_pages(
    pages: Iterable[Answer],
    show: Callable[[Sequence[Json]], None],
    as_json: bool,
    rows: str = "data",
) -> None:
    """A list, and a remark where it goes on behind the last page."""
    found: list[Json] = []
    count, page = 0, None
    for page in pages:
        count += len(page.json[rows])
        if as_json:
            say_raw(page.raw)
        else:
            found += page.json[rows]
    if not as_json:
        show(found)
    if page is not None and page.json["next"] is not None:
        _remark_more(page.json, count)


def say_reasons(records: Iterable[Json]) -> None:
    """Under a list, a line for each record that has a problem: its id and the reason."""
    reasons = [(record["id"], problem_of(record)) for record in records if record.get("problem")]
    if reasons:
        say("")
        say_fields(reasons)


def _remark_more(page: Json, shown: int) -> None:
    more = f"{page['total'] - shown} more are there" if "total" in page else "There are more"
    remark(f"{more}; --limit says how many are listed, --all lists all.")
