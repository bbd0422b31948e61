"""The page of a service in a person's browser."""

import os
import sys
import webbrowser
from threading import Thread

from service.cli.terminal import remark

# Where one of these is set, somebody looks at a screen.
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")


def open_page(address: str) -> None:
    """Open the page, without waiting for the browser; say where it is where there is none."""
    Thread(target=_open, args=[f"{address}/"], daemon=True).start()


def _open(page: str) -> None:
    # Without a screen it would be a browser for terminals, and this terminal is taken.
    seen = sys.platform == "darwin" or any(os.environ.get(name) for name in SCREENS)
    if not (seen and webbrowser.open(page)):
        remark(f"No browser was found here; the page is at {page}")
