"""Versions, of several models, on the test rows that most of them were asked about."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.serving.test_loaded_models import publish
from worker.data.dataset import Split
from worker.jsontypes import Json
from worker.operations.same_rows import same_rows
from worker.store.right_answers import AskedRows
from worker.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def rows(count: int, dataset: str = "ds_1") -> AskedRows:
    x = np.arange(2 * count, dtype="uint8").reshape(count, 2)
    return AskedRows.of(dataset, Split.whole(x, np.arange(count) % 2))


def version(store: Store, name: str, number: int, weight: float) -> tuple[str, Json]:
    publish(store, name, number, weight=weight)
    return name, store.models.manifest(name, number)


def answer(store: Store, of: tuple[str, Json], asked: AskedRows, right: int) -> None:
    store.right_answers.keep(*of, asked, np.arange(len(asked.rows)) < right)


def test_versions_of_different_models_are_compared_where_most_were_asked(store: Store) -> None:
    cats, dogs, more = (version(store, *of) for of in (("cats", 1, 1), ("dogs", 1, 2), ("d", 1, 3)))
    for each, right in ((cats, 15), (dogs, 10)):
        answer(store, each, rows(20), right)
        answer(store, each, rows(30, "ds_2"), right)
    answer(store, more, rows(20), 5)
    found = same_rows(store.right_answers, [cats, None, dogs, more])
    assert found is not None
    assert (found.dataset, found.rows, found.members) == ("ds_1", 20, [0, 2, 3])
    assert (found.right, found.test) == ([15, 10, 5], "cochran")
    pairs = [(each.first, each.second, each.only_first, each.only_second) for each in found.pairs]
    assert pairs == [(0, 2, 5, 0), (0, 3, 10, 0), (2, 3, 5, 0)]
    assert found.p == pytest.approx(np.exp(-(2 * (3 * 350 - 30**2) / (90 - 70)) / 2))
    assert [pair.corrected_p for pair in found.pairs] == pytest.approx([0.125, 3 * 2**-9, 0.125])
    low, high = found.pairs[1].interval
    assert low < 0.5 < high


def test_of_two_the_test_is_mcnemars_on_the_rows_of_the_larger_split(store: Store) -> None:
    first, second = version(store, "cats", 1, 1), version(store, "cats", 2, 2)
    for each, right in ((first, 15), (second, 9)):
        answer(store, each, rows(20), right)
        answer(store, each, rows(30, "ds_2"), right)
    found = same_rows(store.right_answers, [first, second])
    assert found is not None
    assert (found.dataset, found.test) == ("ds_2", "mcnemar")
    assert found.p == pytest.approx(2**-5)
    assert found.pairs[0].corrected_p == found.p


def test_where_only_one_is_known_nothing_is_compared(store: Store) -> None:
    first, second = version(store, "cats", 1, 1), version(store, "cats", 2, 2)
    answer(store, first, rows(20), 3)
    answer(store, second, rows(30), 3)
    assert same_rows(store.right_answers, [first, second, None]) is None
    assert same_rows(store.right_answers, [None, None]) is None
