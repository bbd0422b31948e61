"""Values put where an array lives."""

from typing import Any

import numpy as np

from worker.nn.arrays import assign


class Elsewhere:
    """An array of another library, which takes values by `set`."""

    dtype = np.dtype("float32")
    values: Any = None

    def set(self, values: Any) -> None:
        self.values = values


def test_values_are_put_where_the_array_lives_in_its_own_dtype() -> None:
    here, there = np.zeros(3), Elsewhere()
    for place in (here, there):
        assign(place, np.arange(6.0)[::2])  # type: ignore[arg-type]
    assert here.tolist() == [0, 2, 4]
    assert there.values.tolist() == [0, 2, 4]
    assert (there.values.dtype, there.values.flags.c_contiguous) == (there.dtype, True)
