"""The pictures of the README: made here, by hand, from what a newcomer does first."""

import os
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.page.conftest import Visit
from tests.pages import ROOT
from tests.service.api import Api

IMAGES = ROOT / "docs" / "images"
NAMES = ("page-job", "page-try", "page-dataset")


def test_the_readme_shows_three_that_are_there() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in NAMES:
        assert f"docs/images/{name}.png" in readme
        assert (IMAGES / f"{name}.png").stat().st_size < 200_000


def keep(page: Page, name: str) -> None:
    page.evaluate("scrollTo(0, 0)")
    seen = Image.open(BytesIO(page.screenshot())).convert("RGB")
    # A third of the bytes, and nobody sees the difference.
    few_colours = seen.quantize(256, dither=Image.Dither.NONE)
    few_colours.save(IMAGES / f"{name}.png", optimize=True)


@pytest.mark.skipif("PURR_SCREENSHOTS" not in os.environ, reason="wants PURR_SCREENSHOTS; minutes")
def test_from_sketches_to_an_answer(visit: Visit, api: Api) -> None:
    page = visit.page
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1100, "height": 1180})
    visit.go("/")
    page.get_by_role("button", name="Draw sketches").click()
    page.wait_for_url("**/datasets/ds_*")
    expect(page.get_by_role("link", name="Choose how")).to_be_visible(timeout=60_000)
    sheet = page.get_by_role("img", name="Pictures of every class")
    expect(sheet).to_have_js_property("complete", True)
    page.wait_for_load_state("networkidle")
    keep(page, "page-dataset")
    dataset = page.url.rpartition("/")[2]
    job = api.submit(dataset=dataset, model="cats", recipe="photos", epochs=30)
    api.finished(job["id"], patience_s=600)
    visit.go(f"/jobs/{job['id']}")
    page.wait_for_load_state("networkidle")
    keep(page, "page-job")
    visit.go("/try?model=cats")
    pictures: list[FilePayload] = [
        {
            "name": f"sketch {row}.png",
            "mimeType": "image/png",
            "buffer": api.http.get(f"/v1/datasets/{dataset}/rows/{row}.png?split=test").content,
        }
        for row in (0, 90)
    ]
    page.get_by_label("Pictures", exact=True).locator("input").set_input_files(pictures)
    page.get_by_role("button", name="Why?").first.click()
    expect(page.get_by_role("img", name="Training row").first).to_be_visible(timeout=60_000)
    page.wait_for_load_state("networkidle")
    keep(page, "page-try")
