"""What comes of a lesson, in words."""

from collections.abc import Iterator

from worker.training.lesson import Lesson


def in_words(lesson: Lesson) -> str:
    """What comes of it, for a person."""
    return " ".join(sentences(lesson))


def sentences(lesson: Lesson) -> Iterator[str]:
    saved, compared = lesson.saved, lesson.compared
    moved = "falls" if lesson.after < lesson.before else "does not fall"
    yield (
        f"The cost of these {len(lesson.rows)} rows {moved}: {lesson.before:.6g} before the step, "
        f"{lesson.after:.6g} after it."
    )
    yield (
        f"The way there takes {saved.forward:,} multiplications and the way back "
        f"{saved.backward:,}, since {saved.numbers:,} numbers were kept; with nothing kept it "
        f"would take {saved.without:,}."
    )
    if not compared.derivatives:
        yield "No derivative could be compared with central differences."
    else:
        yield (
            f"Of {compared.derivatives:,} derivatives that were compared with central differences "
            f"none is further from them than {compared.difference:.1e}; the largest is "
            f"{compared.largest:.3g}."
        )
