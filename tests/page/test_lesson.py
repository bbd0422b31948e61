"""One step of a training is gone through, part by part, with the numbers that the API has."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from service.launcher.launcher import Launcher
from tests.page.conftest import Visit, looked_at
from tests.service.api import Api
from worker.jsontypes import Json


@pytest.fixture
def refused(browser: Browser, launcher: Launcher) -> Iterator[Visit]:
    """A window in which requests may be refused, which browsers note."""
    yield from looked_at(browser, launcher.address, wanted=("422",))


def spec(dataset: str, **changed: object) -> Json:
    """What the page asks with its own defaults."""
    return {
        "dataset": dataset,
        "network": {"kind": "dense", "hidden_units": [4], "activation": "relu"},
        "optimizer": {"kind": "sgd", "learning_rate": 0.01},
        "seed": 1,
        **changed,
    }


def lesson(api: Api, asked: Json) -> Json:
    return api.http.post("/v1/lessons/step?most=6", json=asked).raise_for_status().json()  # type: ignore[no-any-return]


def goes_to(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Parts of the step").get_by_label(name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_each_part_is_shown_with_its_formula_and_where_it_came_from(
    visit: Visit, dataset: str, api: Api
) -> None:
    found = lesson(api, spec(dataset))
    arrays = {array["name"]: array for array in found["arrays"]}
    page = visit.go(f"/lesson?dataset={dataset}")
    expect(page.get_by_text(found["said"].partition(" The way")[0])).to_be_visible()
    goes_to(page, "dW2")
    panel = page.get_by_role("region", name="dW2")
    expect(panel.locator("math[display=block]")).to_have_attribute("alttext", "dW2 = A1ᵀ dZ2")
    numbers = panel.get_by_role("table", name="Numbers of dW2").get_by_role("cell")
    shown = [float(text.replace("−", "-")) for text in numbers.all_text_contents()]
    assert shown == [float(f"{row[0]:.3g}") for row in arrays["dW2"]["numbers"]]
    chips = page.get_by_role("navigation", name="Parts of the step")
    expect(chips.locator(".arrived:not(.legend *)")).to_have_text(["dZ2"])
    expect(chips.locator(".uses:not(.legend *)")).to_have_text(["A1"])
    panel.get_by_role("button", name="Go to dZ2").first.click()
    expect(page.get_by_role("heading", name="dZ2", exact=True)).to_be_visible()
    visit.is_for_everybody()
    visit.picture("lesson")


def test_arrows_go_from_part_to_part_to_the_check(visit: Visit, dataset: str, api: Api) -> None:
    found = lesson(api, spec(dataset))
    page = visit.go(f"/lesson?dataset={dataset}")
    count = len(found["arrays"]) + len(found["updates"]) + 2
    place = page.get_by_text(f" of {count}: ")
    expect(place).to_contain_text(": Z1")
    page.keyboard.press("ArrowRight")
    expect(place).to_contain_text(": A1")
    page.keyboard.press("ArrowLeft")
    expect(place).to_contain_text(": Z1")
    page.get_by_label("Hidden units").press("ArrowRight")  # which moves the cursor there
    expect(place).to_contain_text(": Z1")
    goes_to(page, "W2, a step further")
    expect(page.get_by_role("table", name="Numbers of W2")).to_have_count(2)
    goes_to(page, "The cache")
    expect(page.get_by_role("listitem").filter(has_text="back, with nothing kept")).to_contain_text(
        f"{found['cache']['backward_without']:,}"
    )
    goes_to(page, "The check")
    expect(page.get_by_role("region", name="The check")).to_contain_text("They are right.")
    visit.is_for_everybody()


def test_what_is_varied_is_computed_anew(visit: Visit, dataset: str, api: Api) -> None:
    page = visit.go(f"/lesson?dataset={dataset}")
    page.get_by_label("Hidden units").fill("3 2")
    page.get_by_label("Activation").select_option("tanh")
    page.get_by_label("Optimizer").select_option("adam")
    page.get_by_role("button", name="Show this step").click()
    network = {"kind": "dense", "hidden_units": [3, 2], "activation": "tanh"}
    adam = {"kind": "adam", "learning_rate": 0.01}
    found = lesson(api, spec(dataset, network=network, optimizer=adam))
    expect(page.get_by_text(found["said"].partition(" The way")[0])).to_be_visible()
    goes_to(page, "W3, a step further")
    expect(page.locator("math[display=block]")).to_have_count(3)  # both moments, and the step
    expect(page.get_by_label("Hidden units")).to_have_value("3 2")


def test_a_network_that_is_too_large_is_refused_in_words(refused: Visit, dataset: str) -> None:
    page = refused.go(f"/lesson?dataset={dataset}&units=2000")
    expect(page.get_by_role("alert")).to_contain_text("Expected a network of at most")
    expect(page.get_by_label("Hidden units")).to_have_value("2000")


def test_the_first_step_of_a_job_of_pictures(visit: Visit, dataset: str, api: Api) -> None:
    layers = [
        {"kind": "convolution", "filters": 2, "kernel": 3},
        {"kind": "activation", "activation": "relu"},
        {"kind": "max_pool", "kernel": 4},
        {"kind": "flatten"},
    ]
    network = {"kind": "layers", "layers": layers}
    job = api.submit(dataset=dataset, model="of-a-lesson", epochs=1, network=network)
    page = visit.go(f"/lesson?job={job['id']}")
    goes_to(page, "dW1")
    expect(page.get_by_role("table", name="Numbers of dW1 channel 2, filter 1")).to_have_count(0)
    expect(page.get_by_role("table", name="Numbers of dW1 channel 1, filter 1")).to_be_visible()
    expect(page.get_by_role("region", name="What comes of it").locator("img")).to_have_count(4)
    api.finished(job["id"])
