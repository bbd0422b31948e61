"""The cells of a file as columns want them: numbers, or places among categories."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from worker.data.tables.column_kinds import Kind
from worker.data.tables.columns import LARGEST, MISSING, UNKNOWN, Cells


def cells_of(cells: pa.Array, kind: Kind) -> Cells:
    """Returns numbers, (m,), float64, with nan for what is missing; or for a column of texts their
    places among those of the kind, (m,), int64, MISSING or UNKNOWN."""
    texts = pa.types.is_string(cells.type)
    if kind.texts is None:
        if texts and kind.decimal == ",":
            cells = pc.replace_substring(cells, ",", ".")
        numbers: Cells = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return numbers
    if not texts:  # of a batch in which nothing is there
        return np.full(len(cells), MISSING)
    places = pc.index_in(cells, pa.array(kind.texts, pa.string())).fill_null(UNKNOWN)
    found: Cells = places.to_numpy().astype(np.int64)
    return np.where(cells.is_null().to_numpy(zero_copy_only=False), MISSING, found)


def finite(cells: Cells) -> tuple[Cells, int]:
    """Returns them with nan for numbers that float32 does not hold, and how many those were."""
    if cells.dtype != np.float64:
        return cells, 0
    ends = np.fmin.reduce(cells, initial=0), np.fmax.reduce(cells, initial=0)
    if ends[0] >= -LARGEST and ends[1] <= LARGEST:  # most are: no array is made for that
        return cells, 0
    infinite = np.abs(cells) > LARGEST
    return np.where(infinite, np.nan, cells), int(infinite.sum())
