"""Where pictures become other pixels than in training, an answer says so, or there is none."""

from pathlib import Path

import httpx
import pytest

from tests.problems import expect_problem
from tests.worker.data.making import encoded, pictures
from tests.worker.data.pictures.test_fingerprint import changed
from tests.worker.serving.test_loaded_models import publish
from worker.data.pictures.fingerprint import fingerprint
from worker.data.preprocessing import Preprocessing
from worker.store.store import Store

HOW = Preprocessing(height=8, width=8)


@pytest.mark.parametrize(("by", "status"), [(0, 200), (1, 200), (2, 500)])
def test_a_difference_is_told_or_refused(
    http: httpx.Client, root: Path, by: int, status: int
) -> None:
    kept = fingerprint(HOW)
    told = vars(changed(by, kept) if by else kept)
    store = Store(root)
    publish(store, "photos", 1, HOW.shape, preprocessing=HOW, weight=1e-5, fingerprint=told)
    answer = http.post("/v1/models/photos/predict", content=encoded(pictures(1)[0]))
    assert answer.status_code == status
    if status == 500:
        expect_problem(answer, 500, "preprocessing_changed")
    else:
        codes = [warning["code"] for warning in answer.json()["warnings"]]
        assert codes == ["preprocessing_differs"] * by
