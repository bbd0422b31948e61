"""How schedules and their firings look."""

from collections.abc import Sequence

from service.cli.render.words import problem_of
from service.cli.terminal import say_fields, say_table
from worker.jsontypes import Json


def show_schedule(schedule: Json) -> None:
    """When its next job is made, and the jobs before, the newest first."""
    if schedule["firings"]:
        say_table(
            ("due", "job", "state", "starts from", "model", "live", "skipped"),
            (
                (
                    firing["due_at"],
                    firing["job"],
                    "refused" if firing["job"] is None else firing["state"],
                    named(firing["start_from"]),
                    named(firing["model"]),
                    live(firing["promotion"]),
                    firing["skipped"],
                )
                for firing in schedule["firings"]
            ),
        )
    newest: Json = next(iter(schedule["firings"]), {})
    say_fields(
        [
            ("schedule", schedule["id"]),
            ("state", schedule["state"]),
            ("model", schedule["spec"].get("model", "model")),
            ("when", when_of(schedule)),
            ("dataset", f"{schedule['spec']['dataset']} ({schedule['dataset']})"),
            ("starts from", schedule["start"]),
            ("next", schedule["next_at"]),
            ("problem", newest.get("problem") and problem_of(newest)),
        ]
    )


def show_schedules(schedules: Sequence[Json]) -> None:
    say_table(
        ("id", "state", "model", "when", "next", "last job", "last state"),
        (
            (
                each["id"],
                each["state"],
                each["spec"].get("model", "model"),
                when_of(each),
                each["next_at"],
                *last_of(each),
            )
            for each in schedules
        ),
    )


def when_of(schedule: Json) -> str:
    when = schedule["when"]
    return f"{when['cron']} {when['time_zone']}" if when["cron"] else str(when["on"])


def last_of(schedule: Json) -> tuple[object, object]:
    """The job of the last firing, and its state."""
    for firing in schedule["firings"]:
        return firing["job"], "refused" if firing["job"] is None else firing["state"]
    return None, None


def named(version: Json | None) -> str | None:
    return None if version is None else f"{version['name']} {version['version']}"


def live(promotion: Json | None) -> str | None:
    """Whether a version was made champion."""
    return None if promotion is None else "yes" if promotion["promoted"] else "no"
