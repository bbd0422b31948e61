"""The API is killed while somebody looks at a job: the page says so, and goes on by itself."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from service.launcher.launcher import Launcher
from tests.conftest import running_service
from tests.page.conftest import Visit, looked_at
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


# All epochs that a chart has, by going through them one by one by keyboard.
READ = """() => {
  const chart = document.querySelector('[role=slider][aria-label^=Cost]');
  const press = (key) => chart.dispatchEvent(new KeyboardEvent('keydown', {key, cancelable: true}));
  const told = [];
  return new Promise((resolve) => {
    press('Home');
    function next() {
      const words = chart.getAttribute('aria-valuetext');
      if (told.at(-1) === words) return resolve(told);
      told.push(words);
      press('ArrowRight');
      requestAnimationFrame(() => requestAnimationFrame(next));
    }
    requestAnimationFrame(() => requestAnimationFrame(next));
  });
}"""


def test_a_killed_api_leaves_no_gap_and_no_duplicate(
    window: Visit, own: Launcher, drawings: list[Path]
) -> None:
    with Api.at(own.address) as api:
        made = str(api.upload(drawings)["id"])
        job = api.submit(dataset=made, model="cats", epochs=1_000_000)["id"]
        page = window.go(f"/jobs/{job}")
        page.evaluate("window.sameDocument = true")
        page.wait_for_function(
            "document.querySelector('[role=slider]').getAttribute('aria-valuemax') > 3"
        )
        kill_api(own)
        expect(page.locator(".cut")).to_contain_text("The line to the service is cut.")
        before = last_epoch(page)
        expect(page.locator(".cut")).to_be_hidden(timeout=60_000)
        page.wait_for_function(
            "had => document.querySelector('[role=slider]').getAttribute('aria-valuemax') > had",
            arg=before,
        )
        api.http.post(f"/v1/jobs/{job}/stop").raise_for_status()
        api.finished(job)
        expect(page.locator(".job-head .badge")).to_have_text("succeeded", timeout=60_000)
        rows = api.http.get(f"/v1/jobs/{job}/metrics").json()["data"]
    assert page.evaluate("window.sameDocument")
    chart = page.get_by_role("slider", name="Cost by epoch")
    expect(chart).to_have_attribute("aria-valuemax", str(len(rows)))
    window.picture("job_after_cut")
    told = page.evaluate(READ)
    assert [int(re.sub(r"\D", "", each.split(":")[0])) for each in told] == [
        row["epoch"] for row in rows
    ]
