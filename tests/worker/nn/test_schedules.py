import pytest

from worker.nn.schedules import constant, cosine, exponential, one_cycle, stepwise, warmed_up


def test_a_constant_is_1_throughout() -> None:
    assert [constant()(epoch) for epoch in (0, 0.5, 100)] == [1, 1, 1]


def test_steps_fall_after_every_so_many_epochs() -> None:
    schedule = stepwise(every=2, gamma=0.5)
    assert [schedule(e) for e in (0, 1.9, 2, 3.5, 4)] == [1, 1, 0.5, 0.5, 0.25]


def test_an_exponential_falls_by_the_same_factor_in_every_epoch() -> None:
    schedule = exponential(gamma=0.9)
    assert schedule(0) == 1
    for epoch in (0, 3.25, 17):
        assert schedule(epoch + 1) / schedule(epoch) == pytest.approx(0.9)


def test_a_cosine_goes_from_1_through_the_middle_to_its_end() -> None:
    schedule = cosine(epochs=10, final=0.2)
    assert [schedule(e) for e in (0, 5, 10, 12)] == pytest.approx([1, 0.6, 0.2, 0.2])


def test_warming_up_grows_evenly_and_then_leaves_the_schedule_alone() -> None:
    schedule = warmed_up(stepwise(every=4, gamma=0.5), epochs=2, step=0.5)
    assert [schedule(e) for e in (0, 0.5, 1, 1.5, 2, 3, 4)] == [0.25, 0.5, 0.75, 1, 1, 1, 0.5]


def test_one_cycle_goes_up_to_1_and_then_down_to_nearly_nothing() -> None:
    schedule = one_cycle(epochs=10, warmup_fraction=0.3)
    found = [schedule(e) for e in (0, 1.5, 3, 6.5, 10, 11)]
    assert found == pytest.approx([0.04, 0.52, 1, 0.50005, 0.0001, 0.0001])


def test_one_cycle_without_warmup_begins_at_1() -> None:
    schedule = one_cycle(epochs=4, warmup_fraction=0)
    assert [schedule(e) for e in (0, 2, 4)] == pytest.approx([1, 0.50005, 0.0001])
