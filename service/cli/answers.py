"""What the service said, as the command shows it."""

from __future__ import annotations

import json
from typing import NamedTuple, Self

from worker.jsontypes import Json


class Answer(NamedTuple):
    """What the service said: the very bytes, and what they mean."""

    raw: bytes
    json: Json

    @classmethod
    def of(cls, said: Json) -> Self:
        return cls(json.dumps(said).encode(), said)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Returns the answer in these bytes.

        Raises:
            ValueError: they are not a JSON object.
        """
        value = json.loads(raw)
        if not isinstance(value, dict):
            raise ValueError(f"Expected a JSON object, got {type(value).__name__}.")
        return cls(raw, value)
