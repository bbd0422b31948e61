"""Rows that are the same are the same however their file is read."""

import numpy as np
import pyarrow as pa

from worker.data.tables.survey import _digests


def test_numbers_and_the_texts_that_say_them_have_one_digest() -> None:
    texts = pa.array(["1", "1.0", "+1", "-0", "0", None, "-nan", "2,5"])
    numbers = pa.array([1.0, 1.0, 1.0, -0.0, 0.0, None, -np.nan, 2.5])
    found = _digests([texts])
    assert (found == _digests([numbers])).all()
    assert len({*found.tolist()}) == 4


def test_texts_that_differ_have_digests_that_do() -> None:
    found = _digests([pa.array(["a", "b", "a", None, "", "A"])])
    assert len({*found.tolist()}) == 5
    assert found[0] == found[2]


def test_which_column_a_cell_is_in_matters() -> None:
    one, other = pa.array([1.0, 2.0]), pa.array(["p", "q"])
    assert (_digests([one, other]) != _digests([other, one])).all()
