"""One step of a training, as JSON shows it."""

from typing import Any, Literal

from pydantic import BaseModel

from worker.nn.notebook import Note, users
from worker.training.array_corner import corner, finite
from worker.training.lesson import Lesson as Found
from worker.training.lesson_update import Update
from worker.training.lesson_words import in_words


class LessonRow(BaseModel):
    """A training row of the dataset, counted from 0, and its class."""

    row: int
    label: str


class StepArray(BaseModel):
    """An array of a step. `formula` is how it was made of others, null where it was given; `layer`
    the number of the layer that made it. It `uses` others, of which some `arrived` from the layer
    behind: the chain rule's factors. `used_by` says where it went, a gradient to its parameter,
    `kept` whether the way back takes it from the way there. `numbers` are its first ones along each
    side."""

    name: str
    shape: list[int]
    part: Literal["given", "forward", "backward"]
    layer: str | None
    formula: str | None
    multiplications: int
    uses: list[str]
    arrived: list[str]
    used_by: list[str]
    kept: bool
    numbers: Any


class StepUpdate(BaseModel):
    """A parameter before and after a step, its first numbers along each side."""

    name: str
    shape: list[int]
    formula: str
    before: Any
    after: Any


class StepCache(BaseModel):
    """What the way back took from the way there, how many numbers that were, and multiplications:
    of the way there, of the way back, and of one for which nothing was kept."""

    kept: list[str]
    numbers: int
    forward: int
    backward: int
    backward_without: int


class StepCheck(BaseModel):
    """Derivatives beside central differences: how many, the largest difference, and the largest
    derivative."""

    derivatives: int
    difference: float | None
    largest: float | None


class Lesson(BaseModel):
    """The first step of a training on a few rows, in float64, and what comes of it in words. Costs
    are null where they are no numbers. `left_out` says what the spec asks for and is not shown."""

    said: str
    rows: list[LessonRow]
    learning_rate: float
    cost_before: float | None
    cost_after: float | None
    arrays: list[StepArray]
    updates: list[StepUpdate]
    cache: StepCache
    check: StepCheck
    left_out: list[str]

    @classmethod
    def of(cls, found: Found, most: int) -> "Lesson":
        """Returns a step as JSON shows it.

        Args:
            most: numbers along each side of an array.
        """
        saved, check = found.saved, found.compared
        pairs = zip(found.rows, found.labels, strict=True)
        return cls(
            said=in_words(found),
            rows=[LessonRow(row=row, label=label) for row, label in pairs],
            learning_rate=found.learning_rate,
            cost_before=finite(found.before),
            cost_after=finite(found.after),
            arrays=arrays_of(found, most),
            updates=[update_of(update, most) for update in found.updates],
            cache=StepCache(
                kept=list(saved.kept),
                numbers=saved.numbers,
                forward=saved.forward,
                backward=saved.backward,
                backward_without=saved.without,
            ),
            check=StepCheck(
                derivatives=check.derivatives,
                difference=finite(check.difference),
                largest=finite(check.largest),
            ),
            left_out=found.left_out,
        )


def arrays_of(found: Found, most: int) -> list[StepArray]:
    """Returns all arrays of a step, in the order in which they were made."""
    went, derived = users(found.notes), {n.name for n in found.notes if n.part == "backward"}
    for update in found.updates:
        went[f"d{update.name}"].append(update.name)

    def shown(note: Note) -> StepArray:
        return StepArray(
            name=note.name,
            shape=list(note.numbers.shape),
            part=note.part,
            layer=note.layer or None,
            formula=note.formula or None,
            multiplications=note.multiplications,
            uses=list(note.uses),
            arrived=[name for name in note.uses if name in derived],
            used_by=went[note.name],
            kept=note.name in found.saved.kept,
            numbers=corner(note.numbers, most),
        )

    return [shown(note) for note in found.notes]


def update_of(update: Update, most: int) -> StepUpdate:
    return StepUpdate(
        name=update.name,
        shape=list(update.before.shape),
        formula=update.formula,
        before=corner(update.before, most),
        after=corner(update.after, most),
    )
