"""What the metrics keep of the layers is bounded, however many epochs and layers there are."""

import pytest

from worker.spec import MOST_LAYERS as MOST_LISTED
from worker.spec import BlockSpec, ConvolutionalSpec, DenseSpec, JobSpec
from worker.store.metrics_log import line_of
from worker.store.thinning import keeps_layers, layers_every, thinned
from worker.training.loop import Epoch

LONGEST = 2.2250738585072014e-308  # no float takes more digits
MOST_LAYERS = MOST_LISTED + 1  # with that of the logits
MOST_EPOCHS = 1_000_000


def longest_row(layers: int) -> dict[str, object]:
    """As many bytes as an epoch of so many layers can take."""
    share = 1.5258789062500001e-05
    signs = {"weight_norm": LONGEST, "update_ratio": LONGEST, "saturated": share, "dead": share}
    row = Epoch(
        epoch=MOST_EPOCHS,
        step=MOST_EPOCHS**2,
        loss=LONGEST,
        accuracy=share,
        validation_loss=LONGEST,
        validation_accuracy=share,
        learning_rate=LONGEST,
        gradient_norms=[LONGEST] * layers,
        layers=[signs] * layers,
        seconds=LONGEST,
    )
    return vars(row)


@pytest.mark.parametrize(("layers", "whole"), [(1, 65_536), (4, 16_384), (MOST_LAYERS, 255)])
def test_the_first_epochs_are_kept_whole_and_then_ever_fewer(layers: int, whole: int) -> None:
    assert [layers_every(epoch, layers) for epoch in (1, whole)] == [1, 1]
    ends = [whole * 2**doubled for doubled in range(4)]
    assert [layers_every(end + 1, layers) for end in ends] == [2, 4, 8, 16]
    assert [layers_every(2 * end, layers) for end in ends] == [2, 4, 8, 16]


def test_a_row_that_is_thinned_says_nothing_of_layers_and_all_of_the_rest() -> None:
    row = {**longest_row(MOST_LAYERS), "epoch": 1_009}
    assert thinned(row) == {**row, "gradient_norms": None, "layers": None}
    assert list(thinned(row)) == list(row)
    assert not keeps_layers(thinned(row))
    assert thinned(thinned(row)) == thinned(row)
    kept = {**row, "epoch": 1_012}
    assert thinned(kept) == kept


@pytest.mark.parametrize("layers", [1, 4, MOST_LAYERS])
def test_a_row_is_bounded_by_its_layers(layers: int) -> None:
    assert len(line_of(longest_row(layers))) <= 300 + 170 * layers


@pytest.mark.parametrize("layers", [1, 4, MOST_LAYERS])
def test_of_the_longest_job_the_layers_stay_below_70_mib(layers: int) -> None:
    spared = len(line_of(longest_row(layers))) - len(line_of(thinned(longest_row(layers))))
    epochs = range(1, MOST_EPOCHS + 1)
    kept = sum(epoch % layers_every(epoch, layers) == 0 for epoch in epochs)
    assert kept * spared < 70 * 2**20


def test_no_job_is_longer_or_deeper() -> None:
    bounds = JobSpec.model_json_schema()["properties"]["epochs"]
    assert bounds["maximum"] == MOST_EPOCHS
    hidden = DenseSpec.model_json_schema()["properties"]["hidden_units"]["maxItems"]
    fields = ConvolutionalSpec.model_json_schema()["properties"]
    convolutions = BlockSpec.model_json_schema()["properties"]["convolutions"]["maximum"]
    normalized = 2 * fields["blocks"]["maxItems"] * convolutions
    # Of a residual, which is counted itself, at most its projection has parameters.
    assert max(hidden, normalized + fields["hidden_units"]["maxItems"]) < MOST_LAYERS
