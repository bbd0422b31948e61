"""One kernel out of a table, known by its place there: what kernels have in the place of a dict."""

from collections.abc import Sequence
from typing import Any

import numba

from worker.nn.engines.cpu.tile import FREELY, HOW

# Not kept on disk: what calls it is, and has it within.
linked = numba.njit(**{**HOW, "cache": False}, fastmath=FREELY)


def chosen(kernels: Sequence[Any], stranger: Any) -> Any:
    """A kernel (code, arguments) that is the one at the place `code`, or `stranger` where there is
    none. All take arguments of the same types, and return the same type."""

    @linked
    def none_of_them(code, arguments):
        return stranger(*arguments)

    found = none_of_them
    for code, kernel in reversed(list(enumerate(kernels))):
        found = _this_or(found, code, kernel)
    return found


def _this_or(others: Any, this: int, kernel: Any) -> Any:
    @linked
    def choose(code, arguments):
        if code == this:
            return kernel(*arguments)
        return others(code, arguments)

    return choose
