"""The list of jobs: filters in the address, what goes on while somebody looks, and ten thousand."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from playwright.sync_api import Page, expect

from tests.page.conftest import Visit, long
from worker.jobs.record import State, new_id
from worker.jobs.transitions import Transitions, open_records

MANY = 10_000
DATASET = new_id("ds")


@pytest.fixture
def records(client: redis.Redis) -> Transitions:
    return open_records(client)["job"]


def added(records: Transitions, model: str = "cats", **body: Any) -> str:
    spec = {"model": model, "dataset": DATASET, "epochs": 100, **body}
    return records.create(new_id("job"), spec).id


def rows(page: Page) -> list[str]:
    return page.locator(".job-row a").all_inner_texts()


def test_an_empty_list_says_what_to_do(window: Visit) -> None:
    page = window.go("/jobs")
    expect(page.get_by_role("link", name="Train a first network")).to_be_visible()
    page.goto(f"{window.address}/#/jobs?state=failed")
    expect(page.get_by_text("No job fits.")).to_be_visible()


def test_filters_stand_in_the_address(window: Visit, records: Transitions) -> None:
    ended = added(records, "cats", tags=["small"])
    records.finish(
        records.claim(ended, "w", 60),
        State.FAILED,
        {"problem": {"code": "x", "detail": "It has no rows."}},
    )
    added(records, "dogs", tags=["small", "baseline"])
    page = window.go("/jobs")
    expect(page.locator(".job-row")).to_have_count(2)
    page.get_by_label("Compare cats").check()
    page.get_by_label("Compare dogs").check()
    chosen = page.get_by_role("link", name="Compare 2 jobs")
    expect(chosen).to_have_attribute("href", re.compile("#/compare.jobs=job_.*,job_.*"))
    window.is_for_everybody()
    window.picture("jobs")
    page.get_by_label("State").select_option("failed")
    expect(page.locator(".job-row")).to_have_count(1)
    expect(page.locator(".job-row")).to_contain_text("It has no rows.")
    expect(page).to_have_url(f"{window.address}/#/jobs?state=failed")
    page.get_by_label("State").select_option("")
    page.get_by_label("Tags").fill("small baseline")
    page.get_by_label("Tags").press("Enter")
    expect(page.get_by_label("Tags")).to_be_focused()
    expect(page.locator(".job-row a")).to_have_text([re.compile("dogs")])
    page.go_back()
    page.go_back()
    expect(page.get_by_label("State")).to_have_value("failed")
    expect(page.locator(".job-row a")).to_have_text([re.compile("cats")])
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".job-row")).to_have_count(2)


def test_a_filter_that_the_service_refuses_is_said(window: Visit) -> None:
    page = window.go("/jobs")
    window.complaints.clear()
    page.get_by_label("Model").fill("No Such Name")
    page.get_by_label("Model").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("model")
    window.complaints[:] = [said for said in window.complaints if "422" not in said]
    expect(page.get_by_label("Model")).to_have_value("No Such Name")


def test_what_happens_is_seen_without_a_reload(window: Visit, records: Transitions) -> None:
    first = added(records)
    page = window.go("/jobs")
    expect(page.locator(".job-row")).to_contain_text("next in the queue")
    link = page.locator(f"#open-{first}")
    link.focus()
    mine = records.claim(first, "w", 60)
    done = {"phase": "training", "epoch": 40, "epochs": 100, "percent": 40.0, "eta_s": 3.0}
    more = {"rows_per_s": 2.0, "loss": 0.5, "accuracy": 0.5}
    records.renew(mine, 60, {"progress": {**done, **more}}, [])
    expect(page.locator(".job-row")).to_contain_text("epoch 40 of 100, about 3.0 s left")
    expect(link).to_be_focused()
    added(records, "dogs")
    expect(page.locator(".job-row")).to_have_count(2)
    expect(page.locator(".job-row").first).to_contain_text("dogs")
    expect(link).to_be_focused()
    page.get_by_label("State").select_option("running")
    expect(page.locator(".job-row")).to_have_count(1)
    records.finish(mine, State.CANCELLED, {})
    expect(page.locator(".job-row")).to_have_count(0)


# Goes down as fast as it can until all jobs are there; gives the middle one of all frames' times.
DOWN = """() => new Promise((resolve) => {
  const gaps = []; let before = performance.now();
  function frame(now) {
    gaps.push(now - before); before = now;
    scrollTo(0, document.documentElement.scrollHeight);
    if (!document.body.innerText.includes("all that there are")) requestAnimationFrame(frame);
    else resolve(gaps.sort((a, b) => a - b)[gaps.length >> 1]);
  }
  requestAnimationFrame(frame);
})"""


@long
def test_ten_thousand_jobs(window: Visit, records: Transitions) -> None:
    made = [new_id("job") for _ in range(MANY)]
    spec = {"model": "cats", "dataset": DATASET, "epochs": 100}
    ended = {"state": "failed", "created_at": "1795364200765", "body": json.dumps(spec)}
    with ThreadPoolExecutor(8) as several:  # each waits for Redis most of the time
        assert all(several.map(lambda each: records.restore(each, ended), made))
    page = window.go("/jobs")
    expect(page.get_by_text("100 jobs so far")).to_be_visible()
    newest, oldest = max(made), min(made)
    expect(page.locator(".job-row a").first).to_have_attribute("href", f"#/jobs/{newest}")
    median = page.evaluate(DOWN)
    print(f"\nten thousand jobs: a frame took {median:.1f} ms")
    assert median < 100
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.get_by_text("10,000 jobs, all that there are.")).to_be_visible()
    expect(page.locator(".job-row a").last).to_have_attribute("href", f"#/jobs/{oldest}")
    # Only what is seen is in the document, wherever one is.
    assert page.locator(".job-row").count() < 60
