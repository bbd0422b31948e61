"""JSON bodies that are much work for whoever reads them."""

import time

import pytest
from starlette.exceptions import HTTPException

from service.requests.json_body import parse

NAMES = 100_000


def test_a_field_that_comes_twice_among_very_many_is_found_at_once() -> None:
    fields = ",".join(f'"{number}":1' for number in [*range(NAMES), NAMES - 1])
    began = time.monotonic()
    with pytest.raises(HTTPException, match=f"'{NAMES - 1}' twice"):
        parse(b"{%b}" % fields.encode())
    assert time.monotonic() - began < 30  # each looked for among all others, it takes minutes
