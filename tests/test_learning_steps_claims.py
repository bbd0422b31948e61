"""What the words of docs/learning-steps.md and docs/learning-limits.md say is what was measured."""

from collections.abc import Callable

import pytest

from benchmarks.learning.experiments import DEFAULTS
from benchmarks.learning.learning_page import known
from tests.test_learning_claims import codes, width
from worker.jsontypes import Json

# By how far each may go in a first step.
ORDER = ("momentum", "sgd", "adam", "rmsprop")


@pytest.fixture(scope="module")
def numbers() -> Json:
    return known()


def in_order(numbers: Json, measure: str) -> list[float]:
    """From one row in a step to all of them."""
    return [float(size[measure]) for size in numbers["batches"]["sizes"].values()]


# Where one of these fails, new numbers want new words.
CLAIMS: dict[str, Callable[[Json], bool]] = {
    "N(0, 1) saturates tanh": lambda n: n["start"]["tanh_normal"]["out_of_use"] > 0.8,
    "sgd is the slowest": lambda n: (
        max(n["optimizers"], key=lambda name: n["optimizers"][name]["loss"]) == "sgd"
    ),
    "the optimizers end at about the same test accuracy": lambda n: (
        max(line["test_accuracy"] for line in n["optimizers"].values())
        - min(line["test_accuracy"] for line in n["optimizers"].values())
        < 0.03
    ),
    "momentum walks as sgd does at a small rate": lambda n: all(
        abs(n["rates"][f"momentum_{rate}"]["loss"] / n["rates"][f"sgd_{rate}"]["loss"] - 1) < 0.1
        for rate in ("0.0001", "0.0003", "0.001")
    ),
    "momentum bears higher rates than the others": lambda n: (
        n["best_rates"]["momentum"]["highest"]
        > max(line["highest"] for kind, line in n["best_rates"].items() if kind != "momentum")
    ),
    "rmsprop is calmest far below its default": lambda n: (
        n["best_rates"]["rmsprop"]["calmest_rate"] <= DEFAULTS["rmsprop"] / 3
    ),
    "and far calmer there": lambda n: (
        n["best_rates"]["rmsprop"]["calmest_late_peak"] * 3
        < n["best_rates"]["rmsprop"]["default_late_peak"]
    ),
    "rmsprop gets lowest, and leaps": lambda n: (
        min(n["optimizers"], key=lambda name: n["optimizers"][name]["lowest_loss"]) == "rmsprop"
        and n["optimizers"]["rmsprop"]["late_peak"]
        > 100 * n["optimizers"]["rmsprop"]["lowest_loss"]
    ),
    "the doctor has nothing to say of the steps at the defaults": lambda n: (
        not any(codes(line) - {"overfitting", "use_backbone"} for line in n["optimizers"].values())
    ),
    "standardized inputs spare sgd nearly all of its steps": lambda n: (
        n["contours"]["none_sgd"]["steps"] > 50 * n["contours"]["standardize_sgd"]["steps"]
    ),
    "on raw inputs each trick needs fewer steps than sgd": lambda n: all(
        n["contours"][f"none_{kind}"]["steps"] < n["contours"]["none_sgd"]["steps"]
        for kind in ("momentum", "rmsprop", "adam")
    ),
    "on standardized ones each needs more": lambda n: all(
        n["contours"][f"standardize_{kind}"]["ranges"]["steps"][0]
        > n["contours"]["standardize_sgd"]["ranges"]["steps"][1]
        for kind in ("momentum", "rmsprop", "adam")
    ),
    "what a job does is what is drawn": lambda n: (
        max(line["apart"] for line in n["contours"].values()) < 1e-9
    ),
    "the cost rises with some seeds after a step of adam on large pictures": lambda n: (
        0 < n["first_steps"]["sketches_adam"]["risen"] < n["about"]["step_seeds"]
        and n["first_steps"]["sketches_adam"]["worst"] > 1.5
    ),
    "momentum may go furthest, then sgd, adam and rmsprop": lambda n: (
        [n["first_steps"][f"sketches_{kind}"]["falls_up_to"] for kind in ORDER]
        == sorted(
            {n["first_steps"][f"sketches_{kind}"]["falls_up_to"] for kind in ORDER}, reverse=True
        )
    ),
    "on small pictures the same steps are harmless": lambda n: all(
        n["first_steps"][f"thumbs_{kind}"]["risen"] == 0 for kind in ORDER
    ),
    "each weight moves by the rate with adam, and further with rmsprop": lambda n: (
        n["first_steps"]["sketches_adam"]["ranges"]["moved"] == [0.001, 0.001]
        and n["first_steps"]["sketches_rmsprop"]["moved"] > 3 * 0.001
    ),
    "the more rows in a step, the more epochs": lambda n: (
        in_order(n, "epochs") == sorted(in_order(n, "epochs"))
        and in_order(n, "epochs")[-1] > 5 * in_order(n, "epochs")[0]
    ),
    "an epoch of single rows takes several times as long as one of some tens": lambda n: (
        n["batches"]["sizes"]["rows_1"]["epoch_ms"]
        > 3 * n["batches"]["sizes"]["rows_32"]["epoch_ms"]
    ),
    "the middle wins by far": lambda n: all(
        n["batches"]["sizes"][end]["seconds"] > 2 * n["batches"]["sizes"]["rows_32"]["seconds"]
        for end in ("rows_1", "rows_all")
    ),
    "more rows bear a larger rate, up to some tens": lambda n: (
        in_order(n, "rate") == sorted(in_order(n, "rate"))
        and n["batches"]["sizes"]["rows_1"]["rate"] < n["batches"]["sizes"]["rows_32"]["rate"]
        and n["batches"]["sizes"]["rows_32"]["rate"] == n["batches"]["sizes"]["rows_all"]["rate"]
    ),
    "what nothing was kept for grows with the depth": lambda n: (
        n["cache"]["layers_1"]["times"] < 4 < 10 < n["cache"]["layers_32"]["times"]
        and n["cache"]["layers_32"]["backward"] < 2 * n["cache"]["layers_32"]["forward"]
    ),
    "dealt labels are known by heart once there are more parameters than pictures": lambda n: all(
        (line["by_heart"] > 0.95) == (line["parameters"] > n["about"]["train_rows"])
        for line in n["by_size"].values()
    ),
    "of new pictures nothing is known then": lambda n: all(
        0.44 < n["capacity"][f"dealt_{units}"]["test_accuracy"] < 0.56
        for units in (1, 2, 4, 8, 16, 32, 64, 128)
    ),
    "with true labels new pictures go on getting better": lambda n: (
        n["by_size"]["units_4"]["train"] == 1
        and n["by_size"]["units_128"]["ranges"]["test"][0]
        > n["by_size"]["units_4"]["ranges"]["test"][1] + 0.03
    ),
    "wrong labels are learned too, and cost, but a large network less": lambda n: (
        n["by_size"]["units_128"]["noisy_train"] == 1
        and n["by_size"]["units_128"]["noisy_test"] < n["by_size"]["units_128"]["test"] - 0.1
        and n["by_size"]["units_128"]["ranges"]["noisy_test"][0]
        > n["by_size"]["units_4"]["ranges"]["noisy_test"][1]
    ),
    "the dip is smaller than what the seeds differ by": lambda n: (
        0
        < n["by_size"]["units_1"]["noisy_test"] - n["by_size"]["units_2"]["noisy_test"]
        < width(n["by_size"]["units_1"], "noisy_test")
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_pages_say_is_so(claim: str, numbers: Json) -> None:
    assert CLAIMS[claim](numbers)
