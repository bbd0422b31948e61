"""How it looks what came of training a version again."""

from service.cli.render.words import Fields, problem_fields
from service.cli.terminal import say_fields
from worker.jsontypes import Json


def show_verification(job: Json) -> None:
    say_fields([*verification_fields(job), *problem_fields(job)])


def verification_fields(job: Json) -> Fields:
    """What came of it, and what has changed since; nothing of any other job."""
    if found := verification_of(job):
        yield "outcome", found["outcome"]
        yield "compared", found["message"]
        for each in found["environment"]:
            yield each["what"], f"{each['then'] or 'none'} → {each['now'] or 'none'}"


def verification_of(job: Json) -> Json | None:
    """What came of it; None before its end, and of any other job."""
    return (job.get("result") or {}).get("verification")
