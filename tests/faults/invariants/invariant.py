"""What an invariant is."""

from collections.abc import Callable, Iterator

from tests.faults.case import Case

Breaches = Iterator[str]  # a sentence for each
Invariant = Callable[[Case], Breaches]
