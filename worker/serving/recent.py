"""What was found a moment ago, so that who asks again at once need not wait for a disk."""

import time
from collections.abc import Hashable
from typing import Generic, TypeVar

FRESH_S = 0.1  # how long others may have moved it unseen

Found = TypeVar("Found")


class Recent(Generic[Found]):
    """Remembers for FRESH_S what was found for a model; threads may use it together."""

    def __init__(self) -> None:
        self._found: dict[str, dict[Hashable, tuple[float, Found]]] = {}

    def get(self, model: str, key: Hashable) -> Found | None:
        """Returns what was found; None if that is too long ago, or nothing was."""
        until, found = self._found.get(model, {}).get(key, (0.0, None))
        return found if time.monotonic() < until else None

    def keep(self, model: str, key: Hashable, found: Found) -> None:
        """Remember what was found just now, and nothing of other models that is too old."""
        now = time.monotonic()
        if model not in self._found:
            for name, each in list(self._found.items()):
                if all(until < now for until, _ in list(each.values())):
                    self._found.pop(name, None)
        self._found.setdefault(model, {})[key] = now + FRESH_S, found

    def forget(self, model: str) -> None:
        """Forget all of a model, for it was changed."""
        self._found.pop(model, None)
