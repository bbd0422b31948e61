"""Refusals of requests for predictions before they are parsed, while more are asked than can be
answered.

To parse a request and to pass it through all layers takes as long as a quarter of an answer. Where
four times as many are asked as can be answered, all of the time would go by that.
"""

import re
import secrets
from http import HTTPStatus

from starlette.types import Scope

from service.errors import CODES, problem
from service.middleware.access import Access
from service.middleware.answering_limit import Answering
from service.middleware.limits import LINES, MAX_HEAD_BYTES
from service.middleware.request_log import current_request, note
from service.telemetry.requests import Requests

# A request's head that can be read in one way only; whatever is odd goes the long way.
HEAD = re.compile(
    rb"POST (/(?!v2/)[!->@-~]*/(?:predict|explain))(?:\?[!-~]*)? HTTP/1\.1\r\n"
    rb"((?:[A-Za-z-]+: ?[!-~][ -~]*\r\n)+)\r\n"
)
LENGTH = re.compile(rb"^content-length: ?([0-9]{1,10})\r$", re.IGNORECASE | re.MULTILINE)
# By these the request may end elsewhere than its length says, or its answer needs something more.
OTHERS = re.compile(
    rb"^(?:transfer-encoding|connection(?!: ?keep-alive\r$)|upgrade|expect|origin|"
    rb"content-type: ?%b)" % LINES.encode(),
    re.IGNORECASE | re.MULTILINE,
)


class EarlyRefusals:
    """Answers whole requests by 429 while there are too many; of those alone who may ask, for
    others would hold the places of these few.

    Args:
        answering: knows whether there are.
        requests: is told of each.
    """

    def __init__(self, answering: Answering, requests: Requests, access: Access) -> None:
        self._answering, self._requests, self._access = answering, requests, access

    @property
    def are_wanted(self) -> bool:
        """Whether there are too many now."""
        return self._answering.is_short

    def answer(self, data: bytes, headers: list[tuple[bytes, bytes]]) -> bytes | None:
        """Returns the answer to what has come on a connection that waits for a request; None if
        that is not one whole request for predictions, or of somebody who may not ask.

        Args:
            headers: that each answer has.
        """
        if (path := path_of(data)) is None or self._access.refusal(scope_of(path, data)):
            return None
        request_id = secrets.token_hex(8)
        refused = problem(429, CODES[429], self._answering.refuse(), request_id)
        headers = [*headers, *refused.raw_headers, (b"x-request-id", request_id.encode())]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        about = {"request_id": request_id, "problem": CODES[429]}
        scope = {"method": "POST", "raw_path": path, "query_string": b"", "state": about}
        self._requests.begin()
        current = current_request.set(request_id)
        note(self._requests, scope, 429, len(refused.body), 0.0)
        current_request.reset(current)
        phrase = HTTPStatus(429).phrase.encode()
        return b"HTTP/1.1 429 %b\r\n%b\r\n%b" % (phrase, lines, bytes(refused.body))


def scope_of(path: bytes, data: bytes) -> Scope:
    """Returns as much of a request as `Access` looks at."""
    lines = (line.partition(b":") for line in data[: data.index(b"\r\n\r\n")].split(b"\r\n")[1:])
    headers = [(name.lower(), value.strip()) for name, _, value in lines]
    return {
        "type": "http",
        "method": "POST",
        "path": path.decode(),
        "headers": headers,
        "state": {},
    }


def path_of(data: bytes) -> bytes | None:
    """Returns the path of a whole request for predictions, and nothing else; None if these bytes
    are none."""
    if (head := HEAD.match(data, 0, MAX_HEAD_BYTES)) is None or OTHERS.search(head[2]):
        return None
    lengths = LENGTH.findall(head[2])
    if len(lengths) != 1 or head[2].lower().count(b"content-length") != 1:
        return None
    return head[1] if head.end() + int(lengths[0]) == len(data) else None
