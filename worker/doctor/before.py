"""Complaints about the spec and the data: they hold before the first epoch."""

import math

from worker.doctor import remedies
from worker.doctor.chart import LARGEST_INPUT, Chart
from worker.doctor.finding import Finding, short
from worker.doctor.remedies import replace


def symmetric_start(chart: Chart) -> Finding | None:
    network = chart.spec.network
    # Without hidden layers there are no units that could be alike.
    if network.initializer != "zeros" or not network.hidden_units:
        return None
    return Finding(
        "symmetric_start",
        "severe",
        "All weights start at zero, so the units of a layer stay copies of each other for ever; "
        "start from random weights.",
        {"initializer": network.initializer, "hidden_units": network.hidden_units},
        remedies.fitting_start(chart.spec),
    )


def inputs_not_normalized(chart: Chart) -> Finding | None:
    if chart.input_size <= LARGEST_INPUT:
        return None
    statistics = chart.statistics
    return Finding(
        "inputs_not_normalized",
        "severe",
        "The numbers that go into the first layer are so large that every step overshoots; bring "
        "them to mean 0 and deviation 1.",
        {
            "input_mean": short(statistics.input_mean),
            "input_deviation": short(statistics.input_deviation),
        },
        replace("/normalization", "standardize"),
    )


def linear_collapse(chart: Chart) -> Finding | None:
    network = chart.spec.network
    if network.activation != "identity" or not network.hidden_units:
        return None
    return Finding(
        "linear_collapse",
        "warning",
        "Without a bend between them all layers together are one layer, however many there are.",
        {"activation": network.activation, "hidden_units": network.hidden_units},
        remedies.bend(chart.spec),
    )


def class_imbalance(chart: Chart) -> Finding | None:
    if chart.spec.class_weights or not chart.uneven:
        return None
    return Finding(
        "class_imbalance",
        "warning",
        "One class has so many more rows than another that it pays to answer it always.",
        {"train_per_class": chart.statistics.train_per_class},
        replace("/class_weights", "balanced"),
    )


FEW_ROWS = 100  # on which an accuracy of one half is known to within ten points
Z95 = 1.96  # deviations of a normal distribution that hold 95 % of it to both sides


def too_few_test_rows(chart: Chart) -> Finding | None:
    rows = chart.statistics.test_rows
    if rows >= FEW_ROWS:
        return None
    return Finding(
        "too_few_test_rows",
        "warning",
        "There are too few test rows to tell a good model from a lucky one; no change of the spec "
        "helps, only more rows.",
        {"test_rows": rows, "accuracy_within": short(Z95 / 2 / math.sqrt(max(rows, 1)))},
        [],
    )


def constant_features(chart: Chart) -> Finding | None:
    count = chart.statistics.constant_features
    if not count:
        return None
    return Finding(
        "constant_features",
        "info",
        "Some features are the same in every training row; they say nothing and were set to 0.",
        {"constant_features": count},
        [],
    )
