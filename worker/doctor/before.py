"""Rules about the spec and the data: what is wrong before the first epoch."""

from worker.doctor import remedies
from worker.doctor.chart import LARGEST_INPUT, Chart
from worker.doctor.remedies import replace
from worker.findings.finding import short
from worker.findings.rule import Observation


def symmetric_start(chart: Chart) -> Observation | None:
    network = chart.spec.network
    # Without hidden layers there are no units that could stay copies of each other, and a model's
    # weights are not zero.
    zeros = network.initializer == "zeros" and chart.spec.start_from is None
    if not zeros or not chart.has_hidden_layers:
        return None
    return Observation(
        "All weights start at zero, so the units of a layer stay copies of each other for ever; "
        "start from random weights.",
        {"initializer": network.initializer, "hidden_units": network.hidden_units},
        remedies.fitting_start(chart.spec),
    )


def inputs_not_normalized(chart: Chart) -> Observation | None:
    if chart.input_size <= LARGEST_INPUT:
        return None
    statistics = chart.statistics
    return Observation(
        "The numbers that go into the first layer are so large that every step overshoots; bring "
        "them to mean 0 and deviation 1.",
        {
            "input_mean": short(statistics.input_mean),
            "input_deviation": short(statistics.input_deviation),
        },
        replace("/normalization", "standardize"),
    )


def linear_collapse(chart: Chart) -> Observation | None:
    network = chart.spec.network
    # Pools of the largest numbers are bends as well.
    if network.activation != "identity" or network.kind != "dense" or not network.hidden_units:
        return None
    return Observation(
        "Without a bend between them all layers together are one layer, however many there are.",
        {"activation": network.activation, "hidden_units": network.hidden_units},
        remedies.bend(chart.spec),
    )


def class_imbalance(chart: Chart) -> Observation | None:
    if chart.spec.class_weights or not chart.uneven:
        return None
    return Observation(
        "One class has so many more rows than another that it pays to answer it always.",
        {"train_per_class": chart.statistics.train_per_class},
        replace("/class_weights", "balanced"),
    )


def constant_features(chart: Chart) -> Observation | None:
    count = chart.statistics.constant_features
    # With the normalization of a model it is that one's rows which they are counted in.
    if not count or chart.spec.start_from is not None:
        return None
    return Observation(
        "Some features are the same in every training row; they say nothing and were set to 0.",
        {"constant_features": count},
    )
