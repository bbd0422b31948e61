"""What the pages on learning try of sizes: of a batch, of what is kept, of a first step, of a
network."""

from benchmarks.learning.lines import (
    SGD,
    SHALLOW,
    SKETCHES,
    Experiment,
    Line,
    dense,
    line,
    optimizer,
    plain,
)

CLASSIC = [20, 7, 5]

# So that every size of a batch gets as far as it can; the more rows in a step, the fewer steps.
BATCH_EPOCHS: dict[int | str, int] = {1: 10, 8: 15, 32: 40, 128: 60, "all": 200}
BATCH_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)


def batched(rows: int | str, rate: float) -> Line:
    return line(
        f"{rows}_{plain(rate)}",
        f"{rows} in a step, {plain(rate)}",
        dense(SHALLOW, "relu", "he"),
        {**optimizer("sgd", rate), "batch_size": rows},
        BATCH_EPOCHS[rows],
    )


BATCH = Experiment(
    "batch",
    "One row, some, or all of them in a step",
    # By turns, so that what else the machine does falls on all sizes alike.
    tuple(batched(rows, rate) for rate in BATCH_RATES for rows in BATCH_EPOCHS),
    "32_0.03",
)

KEPT_DEPTHS = (1, 2, 4, 8, 16, 32)
CACHE = Experiment(
    "cache",
    "The way back, with what was kept and without",
    tuple(
        line(
            f"layers_{n}",
            "1 layer" if n == 1 else f"{n} layers",
            dense([32] * n, "relu", "he"),
            SGD,
        )._replace(dataset="thumbs", trained=False, lesson=True)
        for n in KEPT_DEPTHS
    ),
    "layers_8",
)

STEP_KINDS = ("sgd", "momentum", "rmsprop", "adam")
STEP_RATES = (0.00001, 0.0001, 0.0003, 0.001, 0.003, 0.01)
# Of four rows and a few units, much is left to chance; a step is soon shown.
STEP_SEEDS = tuple(range(1, 10))
STEP_SIDES = {SKETCHES: "64 × 64", "thumbs": "8 × 8"}
FIRST_STEP = Experiment(
    "first_step",
    "The first step, on four rows",
    tuple(
        line(
            f"{dataset}_{kind}_{plain(rate)}",
            f"{kind}, {plain(rate)}, {side}",
            dense(CLASSIC, "relu", "he"),
            optimizer(kind, rate),
        )._replace(dataset=dataset, trained=False, lesson=True)
        for dataset, side in STEP_SIDES.items()
        for kind in STEP_KINDS
        for rate in STEP_RATES
    ),
    "sketches_adam_0.001",
    STEP_SEEDS,
)

UNITS = (1, 2, 4, 8, 16, 32, 64, 128)
LABELS = {
    "thumbs": "the labels as they are",
    "noisy": "a fifth of them wrong",
    "dealt": "all dealt anew",
}
CAPACITY = Experiment(
    "capacity",
    "What a network can learn by heart, and what it learns of new pictures",
    tuple(
        line(
            f"{dataset}_{units}",
            f"{units} units, {title}",
            dense([units], "relu", "he"),
            optimizer("adam", 0.003),
            400,
        )._replace(dataset=dataset)
        for dataset, title in LABELS.items()
        for units in UNITS
    ),
    "dealt_64",
)
