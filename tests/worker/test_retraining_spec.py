"""What a schedule may be asked for, and what a refusal says."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.worker.working import DATASET
from worker.jsontypes import Json
from worker.spec.retraining import RetrainingSpec

WHEN: Json = {"cron": "0 3 * * MON", "time_zone": "Europe/Berlin"}
BAD: list[tuple[Json, str, str]] = [
    ({"when": {}}, "when.on", "either cron or"),
    ({"when": {**WHEN, "on": "dataset_version"}}, "when.on", "got both"),
    ({"when": {"on": "monday"}}, "when.on", "dataset_version"),
    ({"when": {"cron": "0 3 * *"}}, "when.cron", "5 fields"),
    ({"when": {"cron": "0 0 3 * * *"}}, "when.cron", "got 6"),
    ({"when": {"cron": "0 24 * * *"}}, "when.cron", "Bad hour"),
    ({"when": {"cron": "0 0 */31 2 MON#5"}}, "when.cron", "never does"),
    ({"when": {"cron": "0 3 * * *" + " " * 100}}, "when.cron", "at most 100"),
    ({"when": {**WHEN, "time_zone": "Europe/Atlantis"}}, "when.time_zone", "Europe/Berlin"),
    ({"when": {**WHEN, "time_zone": "../../etc/passwd"}}, "when.time_zone", "time zone"),
    ({"when": {"on": "dataset_version", "time_zone": "Asia/Tokyo"}}, "when.time_zone", "cron"),
    ({"when": {"on": "dataset_version"}, "dataset": "named"}, "dataset", "newest"),
    ({"spec": {"promote": "always"}}, "spec", "if_better"),
    ({"spec": {"start_from": {"model": "cats"}}}, "spec", "start says"),
    ({"spec": {"verifies": {"model": "cats", "version": 1}}}, "spec", "verifies"),
    ({"start": "newest"}, "start", "champion"),
    ({"every": "night"}, "every", "not permitted"),
]  # fmt: skip


def asked(changes: Json) -> Json:
    spec: dict[str, Any] = {"dataset": DATASET, **changes.get("spec", {})}
    return {"when": WHEN, **changes, "spec": spec}


@pytest.mark.parametrize(("changes", "place", "words"), BAD)
def test_bad_ones_are_refused_at_their_place(changes: Json, place: str, words: str) -> None:
    with pytest.raises(ValidationError) as raised:
        RetrainingSpec.model_validate(asked(changes))
    (fault,) = raised.value.errors()
    assert ".".join(map(str, fault["loc"])) == place
    assert words in fault["msg"]


def test_what_is_not_said_is_the_newest_from_the_champion() -> None:
    found = RetrainingSpec.model_validate(asked({}))
    assert (found.dataset, found.start, found.when.on) == ("newest", "champion", None)
