"""What is recorded within a block answers, and what follows it trains again."""

import pytest

from worker.nn.engines.training_mode import TrainingMode


def test_within_the_block_an_engine_answers() -> None:
    mode = TrainingMode()
    with mode.answering():
        assert not mode._training
        with mode.answering():
            assert not mode._training
        assert not mode._training
    assert mode._training


def test_after_an_error_it_trains_again() -> None:
    mode = TrainingMode()
    with pytest.raises(ZeroDivisionError), mode.answering():
        raise ZeroDivisionError
    assert mode._training
