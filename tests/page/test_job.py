"""One job in the browser: how it goes on, what is asked of it, and what came of it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Visit, long
from tests.service.api import Api
from worker.jsontypes import Json

LONG = 1_000_000  # epochs that nobody waits for
LOADED = "image => image.decode()"  # fails where there is no picture


@pytest.fixture(scope="module")
def trained(api: Api, dataset: str) -> Json:
    """A job that has validated, of a model that knows little."""
    return api.train(dataset=dataset, model="seen", epochs=12, validation_fraction=0.25)


def slider(page: Page, name: str) -> str:
    return page.get_by_role("slider", name=name).get_attribute("aria-valuetext") or ""


def told_states(page: Page) -> list[str]:
    lines = page.locator(".timeline li b").all_inner_texts()
    return [line for line in lines if line != "finding"]


def test_what_came_of_a_job(visit: Visit, trained: Json) -> None:
    page = visit.go(f"/jobs/{trained['id']}")
    measured = trained["result"]["test"]
    expect(page.locator(".outcome")).to_contain_text(f"{100 * measured['accuracy']:.1f} %")
    low, high = measured["accuracy_interval"]
    expect(page.locator(".outcome")).to_contain_text(f"{100 * low:.1f} % to {100 * high:.1f} %")
    expect(page.get_by_role("slider", name="Cost by epoch")).to_have_attribute(
        "aria-valuetext", re.compile("^epoch 12: training .*, validation .*")
    )
    expect(page.locator(".timeline li.succeeded")).to_contain_text("done")
    assert told_states(page) == ["queued", "running", "succeeded"]
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    page.get_by_text("As a table").first.click()
    expect(page.locator(".chart-table tbody tr")).to_have_count(12)
    visit.is_for_everybody()
    visit.picture("job")


def test_values_are_read_by_keyboard(visit: Visit, api: Api, trained: Json) -> None:
    rows = api.http.get(f"/v1/jobs/{trained['id']}/metrics").json()["data"]
    page = visit.go(f"/jobs/{trained['id']}")
    chart = page.get_by_role("slider", name="Cost by epoch")
    chart.focus()
    for key, epoch in (
        ("Home", 1),
        ("ArrowRight", 2),
        ("ArrowRight", 3),
        ("ArrowLeft", 2),
        ("End", 12),
    ):
        chart.press(key)
        loss = f"{rows[epoch - 1]['loss']:.4g}"
        expect(chart).to_have_attribute(
            "aria-valuetext", re.compile(f"^epoch {epoch}: training {loss}")
        )
        expect(page.locator(".chart-tip").first).to_contain_text(loss)
    layers = page.get_by_role("slider", name="Gradient of each layer")
    layers.focus()
    layers.press("ArrowDown")
    norm = f"{rows[-1]['gradient_norms'][1]:.4g}"
    expect(layers).to_have_attribute("aria-valuetext", f"epoch 12, 2 dense: {norm}")
    page.get_by_text("Dead units", exact=True).click()
    dead = page.get_by_role("slider", name="Dead units of each layer")
    expect(dead).to_have_attribute("aria-valuetext", re.compile(r"epoch 12, 1 dense: \d+ %"))


def test_a_number_of_the_matrix_opens_its_pictures(visit: Visit, trained: Json) -> None:
    page = visit.go(f"/jobs/{trained['id']}")
    confusion = trained["result"]["test"]["confusion"]
    wrong = [(t, s) for t, row in enumerate(confusion) for s, n in enumerate(row) if n and t != s]
    assert wrong, "this model was to know little"
    truth, said = wrong[0]
    cell = page.locator(".matrix tbody tr").nth(truth).locator("td").nth(said)
    cell.get_by_role("button").click()
    pictures = page.locator(".pictures img")
    expect(pictures).to_have_count(confusion[truth][said])
    pictures.first.scroll_into_view_if_needed()
    pictures.first.evaluate(LOADED)
    visit.is_for_everybody()
    visit.picture("job_confusion")
    page.locator(".matrix .right button").first.click()
    expect(page.locator(".pictures .sheet")).to_be_visible()
    page.locator(".pictures .sheet").evaluate(LOADED)


def test_advice_is_followed_by_a_button(visit: Visit, api: Api, dataset: str) -> None:
    job = api.train(
        dataset=dataset, model="seen", epochs=8, optimizer={"kind": "sgd", "learning_rate": 1e-9}
    )
    code = next(each["code"] for each in job["findings"] if each["patch"])
    page = visit.go(f"/jobs/{job['id']}")
    finding = page.locator(".finding").filter(has=page.get_by_role("button", name="Apply")).first
    expect(finding).to_contain_text("→")
    visit.picture("job_finding")
    finding.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/jobs/job_[0-9a-f]{32}\?over="))
    expect(page.locator("#said")).to_contain_text("instead of")
    next_id = page.url.partition("/jobs/")[2].partition("?")[0]
    assert api.finished(next_id)["parent"] == job["id"]
    assert code in {each["code"] for each in job["findings"]}
    expect(page.locator(".badge").first).to_have_text("succeeded")
    # The job before it lies under the curves of this one.
    expect(page.locator(".legend").first.locator("li")).to_have_count(2)
    page.get_by_label("Logarithm").check()
    visit.picture("job_over")
    page.get_by_role("button", name=re.compile("Take .* away")).click()
    expect(page.locator(".legend").first.locator("li")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/jobs/job_[0-9a-f]{32}$"))
    page.get_by_label("Lay over").focus()
    page.get_by_label("Lay over").select_option(job["id"])
    expect(page.locator(".legend").first.locator("li")).to_have_count(2)


def test_the_verbs(visit: Visit, api: Api, dataset: str) -> None:
    job = api.submit(dataset=dataset, model="seen", epochs=LONG)["id"]
    page = visit.go(f"/jobs/{job}")
    state = page.locator(".job-head .badge")
    expect(state).to_have_text("running")
    expect(page.locator(".standing")).to_contain_text("epoch")
    visit.picture("job_running")
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("paused")
    page.get_by_role("button", name="Resume").focus()
    page.keyboard.press("Enter")
    expect(state).to_have_text("running")
    page.get_by_role("button", name="Finish early").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
    expect(state).to_have_text("running")
    page.get_by_role("button", name="Finish early").click()
    page.get_by_role("dialog").get_by_role("button", name="Finish early").click()
    expect(state).to_have_text("succeeded")
    expect(page.get_by_role("link", name="Try it").last).to_be_visible()
    told = ["queued", "running", "paused", "queued", "running", "succeeded"]
    assert told_states(page) == told


def test_a_job_that_waits_says_its_place(visit: Visit, api: Api, dataset: str) -> None:
    first, second, third = (
        api.submit(dataset=dataset, model="seen", epochs=LONG)["id"] for _ in range(3)
    )
    page = visit.go(f"/jobs/{third}")
    expect(page.locator(".standing")).to_have_text("It waits: place 2 in the queue.")
    api.http.post(f"/v1/jobs/{second}/cancel").raise_for_status()
    expect(page.locator(".standing")).to_have_text("It waits: next in the queue.")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(page.locator(".job-head .badge")).to_have_text("cancelled")
    api.http.post(f"/v1/jobs/{first}/cancel").raise_for_status()


@long
def test_many_classes_are_told_in_words_first(visit: Visit, api: Api, tmp_path: Path) -> None:
    table = tmp_path / "many.csv"
    lines = [f"{n % 22},{n % 3},kind{n % 22}" for n in range(440)]
    table.write_text("\n".join(["a,b,label", *lines]) + "\n")
    made = api.upload([table], name="many")["id"]
    job = api.train(dataset=made, model="many", epochs=3)
    assert job["result"]["test"]["confusion"] is None
    page = visit.go(f"/jobs/{job['id']}")
    expect(page.locator(".confusion")).to_contain_text("Most often:")
    page.get_by_text("All 22 classes").click()
    cell = page.locator(".matrix .wrong-cell button").first
    rows = int(cell.inner_text())
    cell.click()
    expect(page.locator(".pictures figure")).to_have_count(rows)
    expect(page.locator(".pictures .no-picture").first).to_contain_text("row")
    visit.is_for_everybody()
    visit.picture("job_many")
