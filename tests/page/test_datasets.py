"""Files come in by a folder, by dropping, over a cut; what is there is deleted, and restored."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from service.launcher.launcher import Launcher
from tests.page.conftest import Visit, long, looked_at
from tests.page.folders import pets_folder, zipped
from tests.service.api import Api

READY_MS = 60_000
PIECE = 2**22  # bytes that the page sends at once


@pytest.fixture
def unlucky(browser: Browser, launcher: Launcher) -> Iterator[Visit]:
    """A window of somebody to whom connections break."""
    yield from looked_at(browser, launcher.address, wanted=("ERR_", "409", "415"))


def is_ready(page: Page) -> None:
    page.wait_for_url("**/datasets/ds_*")
    expect(page.get_by_role("button", name="Train on it")).to_be_visible(timeout=READY_MS)


def test_a_folder_becomes_a_dataset(visit: Visit, api: Api, tmp_path: Path) -> None:
    page = visit.go("/datasets")
    page.get_by_text("How files are read").click()
    page.get_by_label("Size of pictures").fill("16")
    page.get_by_label("Choose a folder").set_input_files(pets_folder(tmp_path / "my pets"))
    is_ready(page)
    expect(page.locator("h1")).to_have_text("my pets")
    found = api.http.get(f"/v1/datasets/{page.url.rpartition('/')[2]}").json()
    assert found["classes"] == ["cat", "dog"]
    assert found["shape"] == [16, 16, 3]
    assert [split["rows"] for split in found["splits"].values() if split] == [48, 16]
    assert [each for each in found["findings"] if each["code"] == "no_pictures"] == []


@long
def test_files_are_dropped_anywhere(visit: Visit) -> None:
    page = visit.go("/datasets")
    page.evaluate(
        """async () => {
          const lines = Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 2 ? "x" : "y"}`);
          const csv = ["a,label", ...lines].join("\\n");
          const transfer = new DataTransfer();
          transfer.items.add(new File([csv], "rows.csv", { type: "text/csv" }));
          document.querySelector("h1").dispatchEvent(
            new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }"""
    )
    is_ready(page)
    expect(page.locator("h1")).to_have_text("rows")
    expect(page.get_by_text("1 features")).to_be_visible()


@long
def test_several_files_are_one_dataset(visit: Visit, drawings: list[Path]) -> None:
    page = visit.go("/datasets")
    page.get_by_label("Choose files").set_input_files(drawings)
    is_ready(page)
    expect(page.get_by_text("80 train and 20 test rows").first).to_be_visible()


@long
def test_an_upload_goes_on_after_a_cut(unlucky: Visit, tmp_path: Path) -> None:
    page = unlucky.go("/datasets")
    pieces: list[int] = []

    def answer(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        pieces.append(int(route.request.headers["upload-offset"]))
        return route.abort("connectionreset") if len(pieces) == 2 else route.continue_()

    page.route("**/v1/uploads/*", answer)
    folder = pets_folder(tmp_path / "large", rows=6, side=400)
    page.get_by_label("Choose a folder").set_input_files(folder)
    expect(page.get_by_text("It goes on by itself")).to_be_visible()
    is_ready(page)
    assert pieces[:3] == [0, PIECE, PIECE]


@long
def test_an_upload_goes_on_after_the_page_was_closed(unlucky: Visit, tmp_path: Path) -> None:
    page = unlucky.go("/datasets")
    archive = zipped(pets_folder(tmp_path / "large", rows=6, side=400))
    pieces: list[int] = []

    def answer(route: Route) -> None:
        if route.request.method == "PATCH":
            pieces.append(int(route.request.headers["upload-offset"]))
            if len(pieces) == 2:
                return  # this piece never arrives
        route.continue_()

    page.route("**/v1/uploads/*", answer)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    page.get_by_label("Choose files").set_input_files(archive)
    expect(page.get_by_text("sent.")).to_be_visible()
    page.wait_for_function(
        "bar => bar.value > 0", arg=page.get_by_role("progressbar").element_handle()
    )
    page.reload()
    page.get_by_label("Choose files").set_input_files(archive)
    is_ready(page)
    assert pieces[0] == 0
    assert {*pieces[1:]} == {PIECE}


def test_an_upload_is_cancelled(unlucky: Visit, api: Api, tmp_path: Path) -> None:
    page = unlucky.go("/datasets")
    page.route("**/v1/uploads/*", lambda route: None)
    page.get_by_label("Choose a folder").set_input_files(pets_folder(tmp_path / "no more"))
    expect(page.get_by_role("progressbar", name="Upload of no more")).to_be_visible()
    unlucky.go("/jobs/new")
    unlucky.go("/datasets")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("progressbar", name="Upload of no more")).to_have_count(0)
    assert "no more" not in [each["name"] for each in api.http.get("/v1/datasets").json()["data"]]


def test_what_cannot_be_read_is_told_why(unlucky: Visit) -> None:
    page = unlucky.go("/datasets")
    files = [{"name": "page.zip", "mimeType": "text/html", "buffer": b"<!doctype html><p>no"}]
    page.get_by_label("Choose files").set_input_files(files)  # type: ignore[arg-type]
    expect(page.get_by_role("alert")).to_contain_text("web page", timeout=READY_MS)


@long
def test_what_is_deleted_can_be_restored(visit: Visit, api: Api, drawings: list[Path]) -> None:
    found = api.upload(drawings, name="to delete")
    page = visit.go(f"/datasets/{found['id']}")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("heading", name="It is in the trash")).to_be_visible()
    visit.go("/datasets")
    page.get_by_label("State").select_option("In the trash")
    card = page.get_by_role("article").filter(has_text="to delete")
    visit.is_for_everybody()
    card.get_by_role("button", name="Restore").click()
    expect(card).to_have_count(0)
    page.get_by_label("State").select_option("Ready")
    expect(card.first).to_be_visible()
    visit.is_for_everybody()
    visit.picture("datasets")
