"""The audit log by the command."""

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import AUDIT

STRANGER = {
    **AUDIT,
    "who": "",
    "name": "",
    "claimed": "key_2",
    "status": 401,
    "code": "unauthenticated",
    "left_out": 12,
}


def test_who_did_what_is_told(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/audit", {"data": [AUDIT], "next": None})
    shown = purr("audit").stdout
    for word in ("the shop (key_1)", "192.0.2.7", "DELETE /v1/models/cats", "204"):
        assert word in shown
    assert fake.requests[-1].target == "/v1/audit?kind=changes&limit=50"


def test_who_was_refused_is_told(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/audit", {"data": [STRANGER], "next": None})
    shown = purr("audit", "--refusals").stdout
    assert "a stranger that says it is key_2" in shown
    assert "401, unauthenticated, 12 before it left out" in shown
    assert fake.requests[-1].target == "/v1/audit?kind=refusals&limit=50"
