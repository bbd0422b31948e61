"""What stands around each view: its files, their weight, the policy, and ways to views."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from service.launcher.launcher import Launcher
from service.page.files import FOLDER
from tests.page.conftest import Visit

VIEWS = ("/", "/datasets", "/jobs", "/jobs/new", "/models", "/try", "/lesson")


@pytest.mark.parametrize("path", VIEWS)
def test_each_view_is_there_for_everybody(visit: Visit, path: str) -> None:
    page = visit.go(path)
    expect(page.locator("h1")).to_have_count(1)
    visit.is_for_everybody()


def test_the_first_view_is_light_and_asks_nobody_else(visit: Visit) -> None:
    asked: list[str] = []
    sizes: list[int] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.on("response", lambda response: sizes.append(len(response.body())))
    visit.go("/")
    visit.page.wait_for_load_state("networkidle")
    assert all(url.startswith(visit.address) for url in asked)
    assert 0 < sum(sizes) < 150_000


def test_styles_of_a_view_hold_while_it_is_shown(visit: Visit) -> None:
    visit.go("/datasets")
    page = visit.go("/lesson")
    in_force = """[...document.styleSheets].map(({ href, media }) => [href, media.mediaText])
      .filter(([, media]) => media !== "not all").map(([href]) => href)"""
    for name in ("lesson", "datasets", "lesson"):
        page.goto(f"{visit.address}/#/{name}")
        expect(page).to_have_title(re.compile(name, re.IGNORECASE))
        page.locator("main h1").wait_for()
        found = [href for href in page.evaluate(in_force) if "/views/" in href]
        assert found == [f"{visit.address}/page/views/{name}.css"]


def test_what_is_not_there_is_said_with_a_way_home(visit: Visit) -> None:
    page = visit.go("/nowhere")
    expect(page.get_by_role("heading")).to_have_text("There is no such page")
    page.get_by_role("main").get_by_role("link", name="Home").click()
    expect(page).to_have_url(f"{visit.address}/#/")


def test_the_policy_allows_the_pages_own_files_alone(launcher: Launcher) -> None:
    answer = httpx.get(launcher.address, headers={"Accept": "text/html"}, trust_env=False)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers.get_list("content-security-policy") == [policy]
    assert "http" not in answer.text.replace("http-equiv", "")


def test_no_text_becomes_html() -> None:
    for path in sorted(FOLDER.rglob("*.js")):
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert way not in path.read_text(), path


def test_a_file_that_a_browser_has_is_not_sent_again(launcher: Launcher) -> None:
    first = httpx.get(f"{launcher.address}/page/main.js", trust_env=False)
    known = {"If-None-Match": first.headers["etag"]}
    again = httpx.get(f"{launcher.address}/page/main.js", headers=known, trust_env=False)
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["cache-control"] == "no-cache"
