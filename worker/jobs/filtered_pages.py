"""Records by what is said of them: their model, their dataset, their tags."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.jobs.filter_scripts import LABEL, SCAN
from worker.jobs.record import Record
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import RedisRecords
from worker.jsontypes import Json

LOOKED_AT = 10_000  # ids, for one page: at worst some 70 ms on a busy core
AT_ONCE = 2_000  # of these, in one script: Redis does nothing else meanwhile


class Filter(NamedTuple):
    """What is asked of a record: `model`, `dataset`, `tag`, `kind` or `as`, and which."""

    name: str
    value: str


class FilteredPages(RedisRecords):
    """Pages of records that pass filters.

    Every method raises QueueUnavailable if Redis does not answer.
    """

    def label(self, record_id: str, labels: Json | None) -> bool:
        """Have Redis know the labels of a record, or only what is said of it by filters. Returns
        whether there is such a record."""
        text = "" if labels is None else json.dumps(labels)
        with redis_named():
            return bool(self._redis.eval(LABEL, 2, self._key, record_id, text))

    def filtered(
        self, parts: Sequence[str], filters: Sequence[Filter], limit: int, after: str | None
    ) -> Iterator[tuple[str, Record | None]]:
        """Yields up to `limit` records with their ids, the newest first, from behind the id
        `after`; and at last an id alone, if LOOKED_AT ids have been looked at and more are behind
        it.

        Args:
            parts: states, or TRASHED, of which it must be in one; none: all but those in the trash.
            filters: all of which it must pass.
        """
        groups = [[f"{self._key}s:{part}" for part in parts] or [f"{self._key}s"]]
        if len(parts) > 1:  # the script walks a set of its own
            groups.append([f"{self._key}s"])
        groups += [[f"{self._key}s:{name}:{value}"] for name, value in filters]
        at, left = after or "", LOOKED_AT
        while limit > 0:
            with redis_named():
                found, at = self._redis.eval(SCAN, 0, json.dumps(groups), limit, at, AT_ONCE)
            yield from ((record.id, record) for record in self._all(found))
            limit, left = limit - len(found), left - AT_ONCE
            if not at:
                return
            if left <= 0:
                yield at, None
                return
