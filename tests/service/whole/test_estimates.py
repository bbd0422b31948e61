"""What a job would take, by a worker that is there."""

from tests.conftest import Eventually
from tests.service.api import Api


def test_an_idle_worker_measures_what_a_job_would_take(
    api: Api, dataset: str, eventually: Eventually
) -> None:
    before = api.http.get("/v1/jobs").json()
    found = {"method": "arithmetic"}

    def measured() -> bool:
        # It may still export a model of another test, and comes too late on a busy machine.
        asked = {"dataset": dataset, "recipe": "classic", "epochs": 50}
        found.update(api.http.post("/v1/jobs/estimate", json=asked).raise_for_status().json())
        return found["method"] == "measured"

    eventually(measured)
    assert 0 < float(found["seconds"]) < 60
    assert api.http.get("/v1/jobs").json() == before
