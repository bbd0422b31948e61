"""From files to an answer, as a person goes."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.page.conftest import Visit
from tests.page.folders import pets_folder
from tests.service.api import Api

READY_MS = 60_000


def test_from_a_folder_to_an_answer(visit: Visit, api: Api, tmp_path: Path) -> None:
    page = visit.go("/")
    page.get_by_label("Choose a folder").set_input_files(pets_folder(tmp_path / "first pets"))
    page.wait_for_url("**/datasets/ds_*")
    page.get_by_role("link", name="Choose how").click(timeout=READY_MS)
    page.get_by_role("radio", name="classic").check()
    expect(page.get_by_label("Model", exact=True)).to_have_value("first-pets")
    page.get_by_label("Epochs", exact=True).fill("20")
    page.get_by_role("button", name="Train").click()
    page.wait_for_url("**/jobs/job_*")
    job = api.finished(page.url.rpartition("/")[2])
    assert job["state"] == "succeeded"
    assert job["result"]["test"]["accuracy"] == 1.0
    page.get_by_role("link", name="Try it").and_(page.locator(".button")).click()
    page.get_by_label("Pictures", exact=True).locator("input").set_input_files(
        next((tmp_path / "first pets").rglob("dog/*.png"))
    )
    answer = page.get_by_role("listitem").filter(has_text="000.png")
    expect(answer).to_contain_text("dog")
    expect(answer.get_by_text(re.compile(r"^\d+\.\d %$"))).to_have_count(2)
