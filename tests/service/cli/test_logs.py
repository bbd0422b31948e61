"""`purr jobs logs`: line by line, now or to the end of the job."""

import json

from tests.service.cli.command import Purr
from tests.service.cli.fake_service import FakeService
from tests.service.cli.sample_answers import JOB

LINE = {"id": "1-0", "at": "2026-11-30T12:00:00.250Z", "level": "WARNING", "attempt": 1}
LINES = [LINE | {"source": "worker.watch", "message": text} for text in ("one", "two\x1b[31m")]
ROUTE = "GET /v1/jobs/job_1/logs"


def test_lines_are_printed_page_by_page(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", JOB)
    for line, after in zip(LINES, ("1-0", None), strict=True):
        fake.say(ROUTE, {"data": [line], "next": after})
    assert purr("jobs", "logs", "job_1").stdout.splitlines() == [
        "2026-11-30 12:00:00.250+00:00 WARNING one",
        "2026-11-30 12:00:00.250+00:00 WARNING two\N{REPLACEMENT CHARACTER}[31m",
    ]
    assert fake.requests[-1].target.endswith("after=1-0")


def test_who_follows_is_told_to_the_end_of_the_job(purr: Purr, fake: FakeService) -> None:
    fake.say("GET /v1/jobs/job_1", JOB)
    told = "".join(f"id: 1-{n}\nevent: log\ndata: {json.dumps(x)}\n\n" for n, x in enumerate(LINES))
    fake.say(ROUTE, f"{told}event: done\ndata: {{}}\n\n".encode(), kind="text/event-stream")
    found = purr("jobs", "logs", "job_1", "--follow", "--json").stdout.splitlines()
    assert [json.loads(line)["message"] for line in found] == ["one", "two\x1b[31m"]
    assert fake.requests[-1].headers["Accept"] == "text/event-stream"
