"""The page's files, as they lie beside this module: HTML, styles and modules for the browser."""

import os
from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.responses.negotiation import VARY

FOLDER = Path(__file__).with_name("files")
ROOT = "{root}"  # stands in the page for the path that the service lies under
# It has no inline scripts or styles, asks nobody else, and makes no HTML of text.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'"
)
# A browser asks each time whether it has changed, so that none runs the modules of two versions.
ASK_FIRST = {"Cache-Control": "no-cache"}


class PageFiles(StaticFiles):
    """Answers with a file, or with 304 where the browser has it."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(ASK_FIRST)
        return response


def first_page(root_path: str) -> Response:
    """Returns the HTML that a browser begins with.

    Args:
        root_path: that the service lies under; "" for none. Its settings have looked at it: it is
            letters, digits and `/._~-`.
    """
    headers = {
        **ASK_FIRST,
        **VARY,
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
    }
    return HTMLResponse(text().replace(ROOT, root_path), headers=headers)


@cache
def text() -> str:
    return (FOLDER / "index.html").read_text()
