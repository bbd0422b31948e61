"""`purr feedback` and `purr models live`."""

import json

from service.openapi.example_live import LIVE, LIVE_ANSWERS, PREDICTION_ID
from service.openapi.examples import ANSWERS
from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from worker.jsontypes import Json


def test_what_was_true_is_sent(purr: Purr, fake: FakeService) -> None:
    fake.say("POST /v1/feedback", LIVE_ANSWERS["give_feedback"])
    done = purr("feedback", f"{PREDICTION_ID}=cat", f"{PREDICTION_ID}=")
    assert (done.exit_code, "noted" in done.stdout) == (0, True)
    labels = [each["label"] for each in json.loads(fake.asked("POST")[0].body)["feedback"]]
    assert labels == ["cat", None]


def test_what_is_no_pair_is_refused_before_anything_is_asked(purr: Purr, fake: FakeService) -> None:
    assert (purr("feedback", PREDICTION_ID).exit_code, fake.requests) == (2, [])


def test_how_the_champion_does(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/models/cats", ANSWERS["show_model"])
    fake.say("GET /v1/models/cats/versions/1/live", LIVE)
    done = purr("models", "live", "cats")
    assert done.exit_code == 0, done.output
    assert "75.0 % [69.2 %, 80.1 %]" in done.stdout
    assert "44.0 %, 46.0 % of the training rows" in done.stdout
    assert "Train it again" in done.stdout


def test_one_without_anything_judged(purr: Purr, fake: FakeService) -> None:
    none = {"judged": 0, "right": 0, "accuracy": None, "accuracy_interval": None}
    unknown: Json = {
        "tested": None,
        "brightness": None,
        "training_brightness": None,
        "findings": [],
    }
    live = {**LIVE, **none, **unknown, "periods": [{**LIVE["periods"][0], **none}]}
    fake.say("GET /v1/models/cats/versions/1/live", live)
    done = purr("models", "live", "cats", "1", "--hours", "24")
    assert done.exit_code == 0, done.output
    assert "%" not in done.stdout
