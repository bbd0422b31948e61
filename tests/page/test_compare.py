"""Jobs side by side: chosen, in words and in curves."""

import re

import pytest
from playwright.sync_api import expect

from tests.page.conftest import Visit
from tests.service.api import Api
from worker.jsontypes import Json


@pytest.fixture(scope="module")
def pair(api: Api, dataset: str) -> list[Json]:
    """Two jobs that differ in how long their steps are."""
    return [
        api.train(
            dataset=dataset,
            model="pair",
            epochs=10,
            optimizer={"kind": "sgd", "learning_rate": rate},
        )
        for rate in (0.01, 0.0001)
    ]


def test_jobs_are_compared_in_words_and_curves(visit: Visit, api: Api, pair: list[Json]) -> None:
    ids = ",".join(job["id"] for job in pair)
    said = api.http.get("/v1/compare", params={"jobs": ids}).json()
    page = visit.go(f"/compare?jobs={ids}")
    expect(page.get_by_text(said["said"])).to_be_visible()
    differing = page.locator("tr").filter(has_text="optimizer/learning_rate")
    expect(differing).to_contain_text("0.01")
    expect(differing).to_contain_text("0.0001")
    right = " and ".join("AB")
    pair_row = page.locator("tr").filter(has_text=right)
    expect(pair_row).to_contain_text(str(said["same_rows"]["pairs"][0]["only_first"]))
    chart = page.get_by_role("slider", name="Cost by epoch")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(r"^epoch 10: A .*, B .*"))
    page.get_by_label("Logarithm").check()
    visit.is_for_everybody()
    visit.picture("compare")
    page.get_by_label("Curves go").select_option("seconds")
    expect(page.get_by_role("slider", name="Cost by seconds")).to_be_visible()
    expect(page).to_have_url(re.compile("by=seconds"))


def test_jobs_are_chosen_to_be_compared(visit: Visit, pair: list[Json]) -> None:
    page = visit.go("/compare")
    boxes = page.get_by_role("checkbox", name=re.compile("^pair "))
    boxes.nth(0).check()
    expect(page.get_by_role("button", name="Compare: choose two or more")).to_be_disabled()
    boxes.nth(1).check()
    visit.is_for_everybody()
    page.get_by_role("button", name="Compare 2 jobs").click()
    expect(page.locator(".said-of-them")).to_contain_text("learning_rate")
