"""Names that callers give to what they upload."""

import re
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

# Control characters, ends of lines, and what turns the direction in which a text is read.
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
NAME = rf"^[^{CONTROLS}]*[^\s{CONTROLS}][^{CONTROLS}]*$"


def checked_name(name: str) -> str:
    """Returns the name.

    Raises:
        ValueError: it has control characters, or is of spaces alone.
    """
    if not re.fullmatch(NAME, name):
        raise ValueError("expected a name without control characters, and not of spaces alone")
    return name


DatasetName = Annotated[
    str,
    Query(min_length=1, max_length=200, json_schema_extra={"pattern": NAME}),
    AfterValidator(checked_name),
]
