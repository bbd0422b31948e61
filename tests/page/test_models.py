"""Models are looked at, promoted past a guard, rolled back, taken away, deleted, brought back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from service.launcher.launcher import Launcher
from tests.page.conftest import Visit, long, looked_at
from tests.service.api import Api

# It answers the same whatever it is asked, so that the guard refuses it.
DULL = {"hidden_units": [2], "initializer": "zeros"}


@pytest.fixture(scope="module")
def model(api: Api, dataset: str) -> str:
    """A model of which version 1 answers, and the guard would refuse version 2."""
    name = "looked-at"
    api.train(dataset=dataset, model=name, epochs=2)
    api.train(dataset=dataset, model=name, epochs=1, network=DULL, promote="never")
    return name


@pytest.fixture
def refused(browser: Browser, launcher: Launcher) -> Iterator[Visit]:
    """A window in which requests may be refused, which browsers note."""
    yield from looked_at(browser, launcher.address, wanted=("409",))


def confirmed(page: Page, verb: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=verb).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_models_say_which_version_answers_and_how_well(visit: Visit, model: str, api: Api) -> None:
    page = visit.go("/models")
    card = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=model, exact=True))
    expect(card).to_contain_text("Version 1 answers, one of 2. Version 2 is newer and waits.")
    test = api.http.get(f"/v1/models/{model}/versions/1").json()["result"]["test"]
    expect(card).to_contain_text(f"{100 * test['accuracy']:.1f} %")
    visit.is_for_everybody()
    visit.picture("models")
    card.get_by_role("link", name=model, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(model)


def test_the_guard_is_asked_and_may_be_overruled_and_rolled_back(
    refused: Visit, model: str, api: Api
) -> None:
    page = refused.go(f"/models/{model}")
    page.get_by_role("button", name="Promote, version 2").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("To see what becomes of it")
    dialog.get_by_role("button", name="Make it the champion").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The guard does not let it go live")
    expect(dialog).to_contain_text("of 20")
    expect(dialog.get_by_label("Reason")).to_have_value("To see what becomes of it")
    refused.is_for_everybody()
    refused.picture("promotion-refused")
    dialog.get_by_label("Make it the champion all the same").check()
    confirmed(page, "Make it the champion")
    expect(page.get_by_role("heading", name="What answers: version 2")).to_be_visible()
    alias = api.http.get(f"/v1/models/{model}/aliases").json()["data"][0]
    assert (alias["version"], alias["forced"]) == (2, True)
    assert alias["why"] == "To see what becomes of it"
    expect(page.get_by_text("against the guard")).to_be_visible()
    page.get_by_role("button", name="Roll back champion").click()
    confirmed(page, "Back to version 1")
    expect(page.get_by_role("heading", name="What answers: version 1")).to_be_visible()
    page.get_by_text("History").click()
    expect(page.get_by_text("It was rolled back")).not_to_have_count(0)


def test_an_alias_has_an_operating_point(visit: Visit, model: str, api: Api) -> None:
    page = visit.go(f"/models/{model}")
    page.get_by_role("button", name="New alias").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("canary")
    dialog.get_by_label("Version").select_option("version 2")
    dialog.get_by_text("How it decides").click()
    dialog.get_by_label("Threshold").fill("0.3")
    dialog.get_by_label("unsure").uncheck()
    confirmed(page, "Save")
    expect(page.get_by_text("canary is version 2", exact=True)).to_be_visible()
    aliases = api.http.get(f"/v1/models/{model}/aliases").json()["data"]
    point = {alias["alias"]: alias["operating_point"] for alias in aliases}["canary"]
    assert point == {"threshold": 0.3, "unsure": False}
    page.get_by_role("button", name="Delete canary").click()
    confirmed(page, "Delete it")
    expect(page.get_by_text("canary is version 2", exact=True)).to_have_count(0)


def test_a_version_is_deleted_and_brought_back(visit: Visit, model: str, api: Api) -> None:
    page = visit.go(f"/models/{model}")
    page.get_by_role("button", name="Delete, version 2").click()
    confirmed(page, "Delete it")
    expect(page.get_by_role("heading", name="In the trash")).to_be_visible()
    assert api.http.get(f"/v1/models/{model}/versions/2").status_code == 404
    page.get_by_role("button", name="Restore version 2").click()
    expect(page.get_by_role("heading", name="In the trash")).to_have_count(0)
    assert api.http.get(f"/v1/models/{model}/versions/2").status_code == 200


def test_a_model_is_deleted_and_brought_back(visit: Visit, api: Api, dataset: str) -> None:
    name = "short-lived"
    api.train(dataset=dataset, model=name, epochs=1)
    page = visit.go(f"/models/{name}")
    page.get_by_role("button", name="Delete the model").click()
    page.get_by_label(f"To be sure, type {name}").fill(name)
    confirmed(page, "Delete it")
    expect(page.get_by_role("heading", level=1)).to_have_text("Models")
    assert api.http.get(f"/v1/models/{name}").status_code == 404
    page.get_by_role("button", name=f"Restore {name}").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    assert api.http.get(f"/v1/models/{name}").status_code == 200


@long
def test_a_version_is_taken_away(visit: Visit, model: str, api: Api) -> None:
    page = visit.go(f"/models/{model}")
    page.get_by_text("Results, downloads, spec").last.click()
    for button, file in (("ONNX", "model.onnx"), ("Bundle with a program", "bundle.zip")):
        with page.expect_download(timeout=60_000) as download:  # it is made first
            page.get_by_role("button", name=button, exact=True).click()
        sent = api.http.get(f"/v1/models/{model}/versions/1/{file}").content
        assert download.value.path().read_bytes() == sent
    with page.expect_download() as download:
        page.get_by_role("link", name="Weights").click()
    assert download.value.suggested_filename == f"{model}-1.safetensors"
    visit.is_for_everybody()
    visit.picture("model")


def test_notes_and_tags_are_kept(visit: Visit, model: str, api: Api) -> None:
    page = visit.go(f"/models/{model}")
    page.get_by_role("textbox", name="Notes").fill("With the photos of May.")
    page.get_by_role("textbox", name="Tags").fill("small baseline")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Tags")).to_have_value("baseline small")
    kept = api.http.get(f"/v1/models/{model}").json()
    assert (kept["notes"], kept["tags"]) == ("With the photos of May.", ["baseline", "small"])
    visit.go("/models?tag=small")
    expect(page.get_by_role("link", name=model, exact=True)).to_be_visible()
