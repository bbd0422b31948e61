"""A model answers only where pictures become the pixels that it was trained on, or nearly so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worker.data.pictures.test_fingerprint import HERE, changed
from tests.worker.serving.test_loaded_models import publish
from worker.data.preprocessing import Preprocessing
from worker.data.tables.preprocessing import TablePreprocessing
from worker.errors import PreprocessingChanged
from worker.serving.loaded_models import LoadedModels
from worker.serving.parity import compared
from worker.settings import Settings
from worker.store.store import Store

PICTURES = Preprocessing()


@pytest.fixture
def models(tmp_path: Path) -> Iterator[LoadedModels]:
    store = Store(tmp_path)
    shape = PICTURES.shape
    publish(store, "before", 1, shape, preprocessing=PICTURES)
    for name, by in {"same": 0, "nearly": 1, "others": 2}.items():
        kept = vars(changed(by) if by else HERE)
        publish(store, name, 1, shape, preprocessing=PICTURES, fingerprint=kept)
    yield LoadedModels(store.models, Settings())


@pytest.mark.parametrize(
    ("name", "codes"), [("before", []), ("same", []), ("nearly", ["preprocessing_differs"])]
)
def test_a_small_difference_is_told_and_none_is_not(
    models: LoadedModels, name: str, codes: list[str]
) -> None:
    assert [warning.code for warning in models.get(name, 1).warnings] == codes


def test_a_difference_that_shows_is_refused_with_who_made_it(models: LoadedModels) -> None:
    with pytest.raises(PreprocessingChanged, match=r"pillow .* by up to 2 of 255"):
        models.get("others", 1)


def test_rows_of_a_table_have_no_pixels_that_could_differ() -> None:
    assert compared(vars(changed(9)), TablePreprocessing("label", ())) is None
