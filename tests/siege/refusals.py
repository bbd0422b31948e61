"""Refused requests, what they leave in the logs, and bodies that swell when they are unpacked."""

import gzip
from functools import cache

from tests.siege.measures import Siege
from tests.siege.rows import HUGE, LARGE, MIB, texts
from tests.siege.wire import request

SECRET = "purr_never_in_a_log"
LONG_JSON = 60_000


def loud_refusals(at: Siege, size: int) -> None:
    """So many bodies of 60 KB that are wrong throughout, with a key in the query by mistake."""
    body = b'{"network":{"hidden_units":[%b]}}' % b",".join([b'"a"'] * (LONG_JSON // 4 - 10))
    path = f"/v1/jobs?api_key={SECRET}"
    at.sends(20 * len(body))
    for _ in range(0, size, 20):
        answers = at.wire.at_once([request("POST", path, body)] * 20)
        at.expect({a.status for a in answers} <= {422}, f"answered by {answers[0].status}")
        at.expect(max(len(a.body) for a in answers) < 16_384, "a refusal was as long as its cause")
    found = [log.name for log in at.subject.logs() if SECRET.encode() in log.read_bytes()]
    at.expect(not found, f"what stood in a query came into {found}")


def packed_bodies(at: Siege, size: int) -> None:
    """KB that are MB once they are unpacked: texts, and more than may be sent."""
    for body, expected in (
        (_packed(texts(HUGE if at.whole else LARGE)), 422),
        (_packed(bytes(HUGE + 4 * MIB)), 413),
    ):
        words = request(
            "POST", "/v1/models/small/predict", body, headers={"Content-Encoding": "gzip"}
        )
        answers = at.wire.at_once([words] * size)
        strange = {answer.status for answer in answers} - {expected, 400, 429}
        at.expect(not strange, f"packed bodies were answered by {strange}")
    at.sends(size * HUGE)


@cache
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 1)
