"""A real Chromium, and what it complained about."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.launcher.launcher import Launcher
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.service.server_thread import serving_app
from tests.service.wait import wait_until
from worker.jobs.fill_mark import FILLED

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PATIENCE_MS = 10_000
# Of root alone, as in a container, Chromium wants to be told that nobody seals its processes.
UNSEALED = ["--no-sandbox"] if os.geteuid() == 0 else []
# A camera that shows a clock: machines that test have none.
CAMERA = "--use-fake-device-for-media-stream"


# The slowest, which together take as long as all others.
long = pytest.mark.skipif("PURR_PAGE" not in os.environ, reason="takes long: `make page` does it")


# Of a module, not of a session: while Playwright lasts, a loop runs in this thread, and tests that
# run one of their own could not.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's browser: the one that Playwright would fetch comes from elsewhere."""
    if (chromium := shutil.which("chromium")) is None:
        pytest.skip("needs chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[*UNSEALED, CAMERA])
        yield browser
        browser.close()


@dataclass
class Visit:
    """A person's window.

    Attributes:
        page: Playwright's, to click and to look at.
        complaints: what scripts, or the policy of what they may do, said was wrong.
    """

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Show a view such as `/jobs`, and wait until it is drawn."""
        self.page.goto(f"{self.address}/#{path}")
        self.page.locator("main h1").first.wait_for()
        return self.page

    def picture(self, name: str) -> None:
        """Keep what is seen, light and dark, in the folder that `PURR_SCREENSHOTS` names; without
        one, nowhere."""
        if folder := os.environ.get("PURR_SCREENSHOTS"):
            for scheme in SCHEMES:
                self.page.emulate_media(color_scheme=scheme)
                ending = "" if scheme == "light" else f"-{scheme}"
                self.page.screenshot(path=Path(folder) / f"{name}{ending}.png", full_page=True)

    def is_for_everybody(self) -> None:
        """No rule of axe is broken: names, roles, contrast, order; nor is it wider than a phone."""
        for scheme in SCHEMES:
            self.page.emulate_media(color_scheme=scheme)
            found = Axe().run(self.page)
            assert found.violations_count == 0, found.generate_report()
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": 360, "height": 740})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"the page is {wide} pixels wide on a phone"
        if size:
            self.page.set_viewport_size(size)


@pytest.fixture
def visit(browser: Browser, launcher: Launcher) -> Iterator[Visit]:
    """A window on the whole service; what it complains about fails the test."""
    yield from looked_at(browser, launcher.address)


def looked_at(browser: Browser, address: str, wanted: tuple[str, ...] = ()) -> Iterator[Visit]:
    """A window whose complaints fail the test, unless they contain one of these words."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    seen = Visit(page, address)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: seen.complaints.append(said.text) if said.type == "error" else None,
    )
    yield seen
    context.close()
    assert [said for said in seen.complaints if not any(word in said for word in wanted)] == []


@pytest.fixture
def window(
    browser: Browser, valkey: Valkey, client: redis.Redis, tmp_path: Path
) -> Iterator[Visit]:
    """A window on a service without workers, in which nothing is but what a test makes."""
    settings = ServiceSettings(redis_url=valkey.url, data_dir=tmp_path, min_free_bytes=0)
    with serving_app(settings) as http:
        wait_until(lambda: client.exists(FILLED))
        yield from looked_at(browser, str(http.base_url).rstrip("/"))
