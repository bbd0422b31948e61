"""How `purr usage` and `purr retention` look."""

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import RETENTION, USAGE


def test_retention_says_what_is_kept_and_what_would_go(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/retention", RETENTION)
    told = [line.split() for line in purr("retention").stdout.splitlines()]
    assert told[1:3] == [
        ["jobs", "for", "ever", "any", "0", "0", "B"],
        ["metrics", "90", "days", "500", "1", "1.953", "KiB"],
    ]
    assert told[4][:4] == ["job_1", "metrics", "1.953", "KiB"]
    assert " ".join(told[4][4:]) == "it is older than 90 days"


def test_retention_says_where_nothing_would_go(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/retention", {**RETENTION, "due": [], "dry_run": True})
    told = ["Nothing goes: PURR_KEEP_DRY_RUN is on.", "Nothing would go now."]
    assert purr("retention").stdout.splitlines()[3:] == told


def test_usage_begins_with_what_is_largest_and_leaves_out_what_is_nothing(
    purr: Purr, fake: FakeService
) -> None:
    fake.say("GET /v1/usage", USAGE)
    lines = purr("usage").stdout.splitlines()
    assert [line.split()[0] for line in lines[5:]] == [
        "kind", "datasets", "models", "largest", "ds_1",
    ]  # fmt: skip
    assert lines[1].split() == ["may", "take", "any"]


def test_usage_without_a_largest_has_no_table_of_it(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/usage", {**USAGE, "max_bytes": 2**30, "largest": []})
    lines = purr("usage").stdout.splitlines()
    assert (lines[1].split(), len(lines)) == (["may", "take", "1", "GiB"], 8)
