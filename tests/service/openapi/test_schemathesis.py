"""A short run of Schemathesis over the whole description; `make fuzz` has a long one."""

import re

import httpx
import pytest

from tests.fuzz.api import schemathesis

# Without workers it is not ready, and says so with 503.
SHORT = ("--exclude-path", "/readyz", "--max-examples", "5", "--no-shrink")
# A part of the description at a time, none of which takes minutes.
MODELS, DATA = "^/(v1/models|v2)", "^/v1/(datasets|uploads|backbones)"
PARTS = {
    "models": ("--include-path-regex", MODELS),
    "data": ("--include-path-regex", DATA),
    "all else": ("--exclude-path-regex", f"{MODELS}|{DATA}"),
}


@pytest.mark.parametrize("part", PARTS)
def test_every_answer_is_one_that_the_description_has(
    http: httpx.Client, known: str, part: str
) -> None:
    address, chosen = str(http.base_url).rstrip("/"), (*SHORT, *PARTS[part])
    phases = "examples,coverage,fuzzing"
    ended = schemathesis(address, 1, phases, "--request-timeout", "20", *chosen)
    assert ended.returncode == 0, ended.stdout[-6000:]
    counted = re.search(r"Selected: (\d+)/.*\n *Tested: (\d+)", ended.stdout)
    assert counted is not None
    assert counted[1] == counted[2]
