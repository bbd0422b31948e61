"""`GET /v1/usage`: what takes the room, and what is left."""

from pathlib import Path

import httpx

from tests.worker.store.backup.conftest import write
from worker.store.usage import MEANINGS


def test_it_says_what_takes_the_room(http: httpx.Client, root: Path) -> None:
    before = http.get("/v1/usage").raise_for_status().json()
    assert [kind["kind"] for kind in before["kinds"]] == [*MEANINGS]
    assert (before["reserve_bytes"], before["max_bytes"]) == (0, 0)
    assert before["free_bytes"] > 0
    write(root, "datasets/ds_1/a", "x" * 100)
    again = http.get("/v1/usage").json()
    assert again["counted_at"] == before["counted_at"]  # once a minute is enough
