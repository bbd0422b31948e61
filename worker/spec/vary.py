"""What may differ between the candidates of a sweep: values, or a range, for each field."""

import json
import re
from math import floor, prod
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from worker.spec.field_names import fields, meant
from worker.spec.job import JobSpec
from worker.spec.part import Spec

MOST_FIELDS, MOST_VALUES, MOST_CANDIDATES = 16, 100, 200
DIGITS = 6  # of a number out of a range, so that it can be read

OTHER_ROWS = "decides which rows validate, and candidates are judged on the same rows"
NOTHING_LEARNED = "changes nothing of how a network learns"
OTHER_WORK = "would make another kind of job of it"
FIXED = {
    **dict.fromkeys(("dataset", "seed", "validation_fraction"), OTHER_ROWS),
    **dict.fromkeys(
        ("model", "keep_checkpoints", "priority", "promote", "parent", "webhook", "notes", "tags",
         "accept"),
        NOTHING_LEARNED,
    ),
    **dict.fromkeys(("checkpoint", "verifies", "folds", "repeats"), OTHER_WORK),
    "recipe": "says what the fields come from that are not given; vary those fields",
}  # fmt: skip


class ValuesSpec(Spec):
    """Values that a field has in turn: numbers, words, or whole parts of a spec."""

    values: list[Any] = Field(min_length=1, max_length=MOST_VALUES)

    @field_validator("values")
    @classmethod
    def _differ(cls, value: list[Any]) -> list[Any]:
        told = [as_text(each) for each in value]
        twice = next((each for at, each in enumerate(told) if each in told[:at]), None)
        if twice is not None:
            raise ValueError(f"expected values that differ, got {twice:.60} twice; send it once")
        return value

    @property
    def points(self) -> list[Any]:
        """What the field may be."""
        return self.values

    def drawn(self, share: float) -> Any:
        """Returns the value that stands so far into the list, from 0 up to 1."""
        return self.values[floor(share * len(self.values))]


class RangeSpec(Spec):
    """A range of numbers, both ends included."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: float = Field(alias="from", ge=-1e12, le=1e12, description="The smallest.")
    to: float = Field(ge=-1e12, le=1e12, description="The largest; above from.")
    scale: Literal["linear", "log"] = Field(
        "linear", description="Whether equal steps are equal differences or equal factors."
    )
    integer: bool = Field(False, description="Whether the field takes whole numbers only.")
    count: int | None = Field(
        None,
        ge=2,
        le=MOST_VALUES,
        description="How many numbers of it, evenly spread; a grid needs it. Without it, any may "
        "be drawn.",
    )

    @field_validator("to")
    @classmethod
    def _is_above(cls, value: float, info: ValidationInfo) -> float:
        low = info.data.get("from_")  # missing, where it was refused already
        if low is not None and value <= low:
            raise ValueError(f"expected more than from, {low:g}, got {value:g}; send a larger one")
        return value

    @field_validator("scale")
    @classmethod
    def _has_factors(cls, value: str, info: ValidationInfo) -> str:
        if value == "log" and info.data.get("from_", 1) <= 0:
            raise ValueError(
                f"log needs a from above 0, got {info.data['from_']:g}; send a larger from, or "
                'scale "linear"'
            )
        return value

    @field_validator("integer")
    @classmethod
    def _has_whole_ends(cls, value: bool, info: ValidationInfo) -> bool:
        broken = [end for end in (info.data.get("from_", 0), info.data.get("to", 0)) if end % 1]
        if value and broken:
            raise ValueError(f"expected whole numbers as from and to, got {broken[0]:g}; round it")
        return value

    @model_validator(mode="after")
    def _differ(self) -> "RangeSpec":
        if self.count is not None and len({*self.points}) < self.count:
            raise ValueError(
                f"expected as many different numbers as count, {self.count}, got "
                f"{len({*self.points})} from {self.from_:g} to {self.to:g}; send a smaller count"
            )
        return self

    @property
    def points(self) -> list[float]:
        """So many numbers, evenly spread from one end to the other; none without a count."""
        if self.count is None:
            return []
        shares = (place / (self.count - 1) for place in range(self.count))
        if self.integer:
            return [round(self._at(self.to, share)) for share in shares]
        return [self._between(self.to, share) for share in shares]

    def drawn(self, share: float) -> float:
        """Returns the number below which so large a share of the range lies, from 0 up to 1."""
        if self.count is not None:
            return self.points[floor(share * self.count)]
        if not self.integer:
            return self._between(self.to, share)
        # Up to the next whole number, so that the last one is as likely as the others.
        return min(floor(self._at(self.to + 1, share)), round(self.to))

    def _between(self, end: float, share: float) -> float:
        found = self._at(end, share)
        near = min(end, max(self.from_, float(f"{found:.{DIGITS}g}")))
        return int(near) if near.is_integer() else near  # which fields for whole numbers take, too

    def _at(self, end: float, share: float) -> float:
        if self.scale == "log":
            return self.from_ * float((end / self.from_) ** share)
        return self.from_ + (end - self.from_) * share


def as_text(value: Any) -> str:
    """Returns JSON as one text, whatever the order of its names."""
    return json.dumps(value, sort_keys=True)


def which(part: Any) -> str:
    listed = isinstance(part, ValuesSpec) or (isinstance(part, dict) and "values" in part)
    return "values" if listed else "range"


def an_object(part: Any) -> Any:
    """The same, if it may be one of the two."""
    if isinstance(part, dict) and {"values", "from", "to"} & part.keys():
        return part
    raise ValueError(f'expected {{"values": […]}} or {{"from": …, "to": …}}, got {part!r:.60}')


PartSpec = Annotated[
    Annotated[ValuesSpec, Tag("values")] | Annotated[RangeSpec, Tag("range")],
    Discriminator(which),
    BeforeValidator(an_object),
]


def known(path: str) -> str:
    """Returns the path of a field that may vary, steps with dots between them.

    Raises:
        ValueError: it is none.
    """
    if path.partition(".")[0] in FIXED:
        raise ValueError(f"cannot vary: it {FIXED[path.partition('.')[0]]}; leave it out")
    pointer = "/" + path.replace(".", "/")
    any_place = re.sub(r"/\d+(?=/|$)", "/*", pointer)
    if "/" in path or any_place.removesuffix("/*") not in fields(JobSpec):
        near = meant(pointer, JobSpec)
        advice = f"did you mean {dotted(near)}?" if near else "GET /v1/schema/job has them all"
        raise ValueError(f"expected a field of a job, got {path!r:.120}; {advice}")
    return path


def dotted(pointer: str) -> str:
    return pointer[1:].replace("/", ".").replace("*", "0")


Path = Annotated[str, AfterValidator(known)]


def some(vary: Any) -> Any:
    """The same, if there is something in it, but not too much."""
    if isinstance(vary, dict) and not 1 <= len(vary) <= MOST_FIELDS:
        raise ValueError(
            f"expected at least 1 field that varies and at most {MOST_FIELDS}, got {len(vary)}; "
            "name each with its values, or a range"
        )
    return vary


VarySpec = Annotated[
    dict[Path, PartSpec], Field(min_length=1, max_length=MOST_FIELDS), BeforeValidator(some)
]


def grid_size(vary: VarySpec) -> int:
    """Returns how many candidates a grid has; none is made for that.

    Raises:
        ValueError: there are too many, or a range says not how many numbers of it are meant.
    """
    open_ended = [path for path, part in vary.items() if not part.points]
    if open_ended:
        raise ValueError(
            f"expected a count in each range of a grid, got none in {open_ended[0]}; send one, or "
            'the method "random"'
        )
    size = prod(len(part.points) for part in vary.values())
    if size > MOST_CANDIDATES:
        raise ValueError(
            f"expected a grid of at most {MOST_CANDIDATES:,} candidates, got {size:,}; send fewer "
            'values, or the method "random"'
        )
    return size


def different(vary: VarySpec) -> int | None:
    """Returns how many candidates differ, at most; None where a range has no end of numbers."""
    sizes = [size_of(part) for part in vary.values()]
    return None if None in sizes else prod(size for size in sizes if size is not None)


def size_of(part: ValuesSpec | RangeSpec) -> int | None:
    if part.points or isinstance(part, ValuesSpec):
        return len(part.points)
    return round(part.to - part.from_) + 1 if part.integer else None
