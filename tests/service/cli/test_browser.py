"""`purr up --open`: the page in a browser, or its address."""

import threading
import webbrowser

import pytest

from service.cli.browser import SCREENS, open_page

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in SCREENS:
        monkeypatch.delenv(name, raising=False)


def opened() -> None:
    """Has the page opened, and waits until that is done."""
    before = {*threading.enumerate()}
    open_page(ADDRESS)
    for thread in {*threading.enumerate()} - before:
        thread.join()


@pytest.mark.parametrize("name", SCREENS)
def test_the_page_is_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    pages: list[str] = []

    def opening(page: str) -> bool:
        pages.append(page)
        return True

    monkeypatch.setattr(webbrowser, "open", opening)
    monkeypatch.setenv(name, "x")
    opened()
    assert (pages, capsys.readouterr().err) == ([f"{ADDRESS}/"], "")


def test_without_a_browser_the_address_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda page: False)
    monkeypatch.setenv("DISPLAY", ":0")
    opened()
    assert capsys.readouterr().err == f"No browser was found here; the page is at {ADDRESS}/\n"


def test_without_a_screen_none_is_looked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda page: pytest.fail("it would take the terminal"))
    opened()
    assert "the page is at" in capsys.readouterr().err
