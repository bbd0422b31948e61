"""The API is killed while somebody looks at a job: the page says so, and goes on by itself."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.launcher.launcher import Launcher
from tests.conftest import Eventually, running_service
from tests.page.conftest import Visit, long, looked_at
from tests.service.api import Api

CUT = ("ERR_", "Failed to load resource")  # what a browser says where nobody answers


@pytest.fixture
def own(folder: Path) -> Iterator[Launcher]:
    with running_service(folder) as launcher:
        yield launcher


@pytest.fixture
def window(browser: Browser, own: Launcher) -> Iterator[Visit]:
    yield from looked_at(browser, own.address, wanted=CUT)


def kill_api(launcher: Launcher) -> None:
    (api,) = (child for child in launcher.supervisor.children if child.name == "api")
    assert api.process is not None
    os.kill(api.process.pid, signal.SIGKILL)


def last_epoch(page: Page) -> int:
    chart = page.get_by_role("slider", name="Cost by epoch")
    return int(float(chart.get_attribute("aria-valuemax") or "0"))


# The last epochs that a chart has, by going back through them one by one by keyboard.
BACK = """(steps) => {
  const chart = document.querySelector('[role=slider][aria-label^=Cost]');
  const press = (key) => chart.dispatchEvent(new KeyboardEvent('keydown', {key, cancelable: true}));
  const told = [];
  return new Promise((resolve) => {
    press('End');
    function next() {
      told.push(chart.getAttribute('aria-valuetext'));
      if (told.length === steps) return resolve(told.reverse());
      press('ArrowLeft');
      requestAnimationFrame(() => requestAnimationFrame(next));
    }
    requestAnimationFrame(() => requestAnimationFrame(next));
  });
}"""
STEPS = 60


@long
def test_a_killed_api_leaves_no_gap_and_no_duplicate(
    window: Visit, own: Launcher, drawings: list[Path], eventually: Eventually
) -> None:
    with Api.at(own.address) as api:
        made = str(api.upload(drawings)["id"])
        job = api.submit(dataset=made, model="cats", epochs=1_000_000)["id"]
        page = window.go(f"/jobs/{job}")
        page.evaluate("window.sameDocument = true")
        eventually(lambda: last_epoch(page) > 3)
        kill_api(own)
        expect(page.locator(".cut")).to_contain_text("The line to the service is cut.")
        before = last_epoch(page)
        expect(page.locator(".cut")).to_be_hidden(timeout=60_000)
        eventually(lambda: last_epoch(page) > before)
        api.http.post(f"/v1/jobs/{job}/stop").raise_for_status()
        api.finished(job)
        expect(page.locator(".job-head .badge")).to_have_text("succeeded", timeout=60_000)
        rows = api.http.get(f"/v1/jobs/{job}/metrics").json()["data"]
    assert page.evaluate("window.sameDocument")
    assert [row["epoch"] for row in rows] == [*range(1, len(rows) + 1)]
    # As many as there are, and each behind the one before: none is missed and none comes twice.
    expect(page.get_by_text(f"As a table ({len(rows):,} epochs)").first).to_be_visible()
    assert last_epoch(page) == len(rows)
    window.picture("job_after_cut")
    last = rows[-STEPS:]
    told = page.evaluate(BACK, len(last))
    for row, words in zip(last, told, strict=True):
        epoch, _, loss = words.partition(": cost ")
        assert epoch == f"epoch {row['epoch']:,}"
        assert float(loss) == pytest.approx(row["loss"], rel=1e-3)
