"""The course's network from the course's start, by the whole service: its table comes out again."""

from pathlib import Path

import pytest

from tests.service.api import Api

# What the notebook prints after each hundred steps of gradient descent.
COSTS = [
    0.771749, 0.672053, 0.648263, 0.611507, 0.567047, 0.540138, 0.527930, 0.465477, 0.369126,
    0.391747, 0.315187, 0.272700, 0.237419, 0.199601, 0.189263, 0.161189, 0.148214, 0.137775,
    0.129740, 0.121225, 0.113821, 0.107839, 0.102855, 0.100897, 0.092878,
]  # fmt: skip


@pytest.mark.timeout(300)
def test_its_costs_and_accuracies_are_those_of_the_notebook(
    api: Api, course: tuple[Path, Path]
) -> None:
    found = api.upload([*course], name="course")
    submitted = api.submit(
        dataset=found["id"],
        model="course",
        network={"hidden_units": [20, 7, 5], "initializer": "course"},
        normalization="scale",
        optimizer={"kind": "sgd", "learning_rate": 0.0075},
        batch_size="all",
        epochs=2_500,
        precision="float64",
        seed=1,
    )
    job = api.finished(submitted["id"], patience_s=250)
    assert job["state"] == "succeeded", job
    rows = api.http.get(f"/v1/jobs/{job['id']}/metrics").raise_for_status().json()["data"]
    costs = [row["loss"] for row in rows[::100]]
    assert [round(cost, 6) for cost in costs] == COSTS
    result = job["result"]
    assert result["train"]["accuracy"] == pytest.approx(206 / 209)
    assert result["test"]["accuracy"] == pytest.approx(40 / 50)
