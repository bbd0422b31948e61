"""How the fields that vary in a sweep, and what they are, are called for a person."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from worker.operations.sweep_candidates import Changes
from worker.spec.vary import as_text

MOST_CHARACTERS = 60  # of a value


def is_number(value: Any) -> bool:
    """Returns whether values like this one have an order."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def told(changes: Changes) -> str:
    """Returns what a candidate has otherwise: "learning_rate 0.03, hidden_units [20, 7]"."""
    names = names_of([*changes])
    return ", ".join(f"{names[path]} {value_in_words(each)}" for path, each in changes.items())


def names_of(paths: Sequence[str]) -> dict[str, str]:
    """Returns the last word of each path, or all of it where that would say too little."""
    last = {path: path.rpartition(".")[2] for path in paths}
    counts = Counter(last.values())

    def is_clear(name: str) -> bool:
        return counts[name] == 1 and name != "kind" and not name.isdigit()

    return {path: name if is_clear(name) else path for path, name in last.items()}


def value_in_words(value: Any) -> str:
    """Returns a value of a field, or the beginning of a long one."""
    if isinstance(value, dict) and [*value] == ["kind"]:  # a part with its own defaults
        value = value["kind"]
    if isinstance(value, str):
        return value[:MOST_CHARACTERS]
    text = f"{value:.4g}" if isinstance(value, float) else as_text(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def listed(names: Sequence[str]) -> str:
    """Returns words with commas between them, and "and" before the last one."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
