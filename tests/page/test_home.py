"""Home: first steps when nothing is there, and what goes on when something is."""

from playwright.sync_api import expect

from tests.page.conftest import Visit
from tests.service.api import Api

READY_MS = 60_000


def test_who_has_nothing_is_told_how_to_begin(window: Visit) -> None:
    page = window.go("/")
    expect(page.locator("h1")).to_have_text("Teach a small network to see")
    expect(page.get_by_role("heading", name="Bring data")).to_be_visible()
    window.is_for_everybody()
    window.picture("home-empty")
    page.get_by_role("button", name="Draw sketches").click()
    page.wait_for_url("**/datasets/ds_*")
    expect(page.get_by_role("status").first).to_contain_text("It waits for a worker.")
    window.go("/")
    expect(page.locator("h1")).to_have_text("1 importing")
    expect(page.get_by_role("heading", name="Bring data")).to_have_count(0)


def test_sketches_are_the_same_ones_each_time(visit: Visit) -> None:
    page = visit.go("/")
    drawn = """async () => {
      const { sketches } = await import("./page/parts/sketches.js");
      const found = await sketches({ signal: new AbortController().signal, ondrawn: () => {} });
      const bytes = await new Blob(found.map(({ file }) => file)).arrayBuffer();
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      const folders = new Set(found.map(({ path }) => path.split("/").slice(1, 3).join("/")));
      return [found.length, folders.size, String(new Uint8Array(digest))];
    }"""
    first, second = page.evaluate(drawn), page.evaluate(drawn)
    assert first == second
    assert first[:2] == [520, 4]


def test_what_goes_on_is_seen(visit: Visit, api: Api, dataset: str) -> None:
    api.train(dataset=dataset, model="home-done", epochs=3)
    job = api.submit(dataset=dataset, model="home-long", epochs=1_000_000)
    page = visit.go("/")
    expect(page.locator("h1")).to_contain_text("1 training", timeout=READY_MS)
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text("of the training rows right")).to_be_visible()
    expect(page.get_by_role("link", name="home-done").first).to_be_visible()
    visit.is_for_everybody()
    visit.picture("home")
    api.http.post(f"/v1/jobs/{job['id']}/cancel").raise_for_status()
    expect(page.locator("h1")).to_have_text("Nothing runs at the moment")
    page.get_by_role("link", name="Train on it").first.click()
    expect(page.locator("h1")).to_have_text("New job")
