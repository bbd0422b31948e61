"""What candidates answered for the validation rows."""

from pathlib import Path

import numpy as np
import pytest

from tests.worker.data.test_row_answers import answers
from worker.store import candidate_answers
from worker.store.store import Store


def test_what_a_candidate_answered_is_there_until_its_job_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Store(tmp_path).candidate_answers
    assert kept.of("job_1") is None
    monkeypatch.setattr(candidate_answers, "MOST_ROWS", 2)
    own = answers([0, 1, 1], [1, 1, 0], [0.75, 1.0, 0.5], [0.25, 1.0, 0.5])
    kept.keep("job_1", own)
    kept.keep("job_1", own)  # by another attempt
    found = kept.of("job_1")
    assert found is not None
    assert found.are_of_the_same_rows(own.first(2))
    assert found.costs == pytest.approx([np.log(4), 0.0])
