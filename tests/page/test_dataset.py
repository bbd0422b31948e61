"""One dataset: its findings with their pictures, the edit that helps, its rows, its versions."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Visit
from tests.page.folders import copied, zipped
from tests.service.api import Api
from worker.jsontypes import Json

READY_MS = 60_000
LOADED = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture(scope="module")
def with_copies(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Json:
    folder = copied(tmp_path_factory.mktemp("copies"))
    return api.upload([zipped(folder)], name="copies")


def opened(visit: Visit, dataset: Json) -> Page:
    page = visit.go(f"/datasets/{dataset['id']}")
    expect(page.get_by_role("button", name="Train on it")).to_be_visible()
    return page


def test_a_finding_shows_its_rows_and_is_mended(visit: Visit, with_copies: Json) -> None:
    page = opened(visit, with_copies)
    finding = page.get_by_role("article").filter(
        has=page.get_by_role("heading", name="Duplicates across splits")
    )
    evidence = finding.get_by_role("img")
    evidence.scroll_into_view_if_needed()
    page.wait_for_function(LOADED, arg=evidence.element_handle())
    visit.is_for_everybody()
    visit.picture("dataset")
    finding.get_by_role("button", name="Make a version without it").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("6 rows are left out")
    dialog.get_by_text("The same with curl").click()
    expect(dialog.locator("pre")).to_contain_text("/versions")
    visit.is_for_everybody()
    dialog.get_by_role("button", name="Make it").click()
    expect(page.locator("h1")).to_have_text("copies, version 2", timeout=READY_MS)
    expect(page.get_by_text("48 train and 10 test rows").first).to_be_visible(timeout=READY_MS)
    page.get_by_role("button", name="What changed since version 1").click()
    expect(page.get_by_text("6 left out; 58 are as they were.")).to_be_visible()
    page.get_by_role("link", name="Version 1").click()
    expect(page.locator("h1")).to_have_text("copies")


def test_the_contact_sheet_is_of_a_split_and_a_class(visit: Visit, with_copies: Json) -> None:
    page = opened(visit, with_copies)
    sheet = page.get_by_role("region", name="Contact sheet").get_by_role("img")
    page.get_by_label("Split", exact=True).select_option("test")
    page.get_by_label("Class", exact=True).first.select_option("dog")
    expect(sheet).to_have_attribute(
        "alt", "Pictures of dog in the split test, each over the number of its row"
    )
    expect(sheet).to_have_attribute(
        "src", f"{visit.address}/v1/datasets/{with_copies['id']}/preview.png?split=test&class=dog"
    )
    page.wait_for_function(LOADED, arg=sheet.element_handle())


def test_rows_are_relabelled_and_left_out_in_one_version(
    visit: Visit, api: Api, with_copies: Json
) -> None:
    page = visit.go(f"/datasets/{with_copies['id']}?split=train&row=5")
    row = page.get_by_role("region", name="A row")
    expect(row.get_by_text("train/cat/005.png")).to_be_visible()
    row.get_by_label("It is").select_option("dog")
    row.get_by_role("button", name="Relabel").click()
    row.get_by_label("Row", exact=True).fill("7")
    row.get_by_label("Row", exact=True).press("Tab")
    expect(row.get_by_text("train/cat/007.png")).to_be_visible()
    row.get_by_role("button", name="Leave it out").click()
    row.get_by_role("button", name="Make a version of these edits").click()
    page.get_by_role("button", name="Make it").click()
    page.wait_for_url(lambda url: with_copies["id"] not in url)
    made = api.poll(
        f"/v1/datasets/{page.url.rpartition('/')[2]}", lambda body: body["state"] == "ready"
    )
    assert made["edits"] == {
        "drop": [{"split": "train", "row": 7}],
        "relabel": [{"split": "train", "row": 5, "label": "dog"}],
    }


def test_all_of_it_is_edited(visit: Visit, with_copies: Json) -> None:
    page = opened(visit, with_copies)
    page.get_by_text("Make another one").click()
    page.get_by_role("button", name="Say what it would do").click()
    expect(page.get_by_role("alert").filter(has_text="Fill in")).to_be_visible()
    page.get_by_label("Test share").fill("0.5")
    page.get_by_label("New name of it").fill("kitten")
    visit.is_for_everybody()
    page.get_by_role("button", name="Say what it would do").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The class cat is called kitten.")
    expect(dialog).to_contain_text("50 % to test")
    dialog.get_by_role("button", name="Make it").click()
    expect(page.get_by_text("kitten, dog").first).to_be_visible(timeout=READY_MS)


def test_a_table_tells_of_its_columns(visit: Visit, api: Api, tmp_path: Path) -> None:
    lines = [f"{i % 9},{'red' if i % 3 else 'blue'},{'cat' if i % 2 else 'dog'}" for i in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["age,colour,label", *lines]))
    page = opened(visit, api.upload([tmp_path / "rows.csv"], name="rows"))
    page.get_by_text("What the numbers are like").click()
    numbers = page.get_by_role("region", name="Numbers of each split")
    expect(numbers.get_by_role("row")).to_have_count(1 + 2 * 3)
    expect(numbers.get_by_role("cell", name="colour = red")).to_have_count(2)
    visit.is_for_everybody()
    visit.picture("dataset-table")


def test_one_click_trains(visit: Visit, api: Api, with_copies: Json) -> None:
    page = opened(visit, with_copies)
    page.get_by_role("button", name="Train on it").dblclick()
    page.wait_for_url("**/jobs/job_*")
    jobs = api.http.get("/v1/jobs", params={"dataset": with_copies["id"]}).json()["data"]
    assert [job["spec"]["model"] for job in jobs] == ["copies"]
    api.http.post(f"/v1/jobs/{jobs[0]['id']}/cancel")
