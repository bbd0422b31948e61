"""What candidates answered for the validation rows."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.test_row_answers import answers
from worker.store import candidate_answers
from worker.store.store import Store

OWN = answers([0, 1, 1], [1, 1, 0], [0.75, 1.0, 0.5], [0.25, 1.0, 0.5])


def test_what_a_candidate_answered_first_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(tmp_path).candidate_answers
    assert kept.of("job_1") is None
    monkeypatch.setattr(candidate_answers, "MOST_ROWS", 2)
    kept.keep("job_1", OWN)
    kept.keep("job_1", OWN)  # by another attempt
    found = kept.of("job_1")
    assert found is not None
    assert found.are_of_the_same_rows(OWN.first(2))
    assert found.costs == pytest.approx([np.log(4), 0.0])


def test_what_was_answered_last_stands_and_what_is_damaged_is_not_believed(tmp_path: Path) -> None:
    kept = Store(tmp_path).candidate_answers
    kept.keep("job_1", OWN)
    kept.keep("job_1", OWN._replace(said=OWN.label))
    found = kept.of("job_1")
    assert found is not None
    assert not found.wrong.any()
    (path,) = (tmp_path / "jobs" / "job_1" / "answers").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert kept.of("job_1") is None
