"""Records by what is said of them: their model, their dataset, their tags."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import redis

from worker.jobs.filter_scripts import LABEL, SCAN
from worker.jobs.record import DELETABLE, Record
from worker.jobs.redis_connection import redis_named
from worker.jobs.redis_records import RedisRecords
from worker.jsontypes import Json

LOOKED_AT = 10_000  # ids, for one page: at worst some 70 ms on a busy core
AT_ONCE = 2_000  # of these, in one script: Redis does nothing else meanwhile


class Filter(NamedTuple):
    """What is asked of a record, and which: its `model`, `dataset`, `sweep`, `schedule`, `tag`,
    `kind` or `as`."""

    name: str
    value: str


class FilteredPages(RedisRecords):
    """Pages of records that pass filters.

    Every method raises QueueUnavailable if Redis does not answer.
    """

    def __init__(self, client: redis.Redis, kind: str) -> None:
        super().__init__(client, kind)
        self._keeps_trash = kind in DELETABLE
        self._label, self._scan = client.register_script(LABEL), client.register_script(SCAN)

    def label(self, record_id: str, labels: Json | None) -> bool:
        """Have Redis know the labels of a record, or only what is said of it by filters. Returns
        whether there is such a record."""
        text = "" if labels is None else json.dumps(labels)
        with redis_named():
            return bool(self._label(keys=[self._key, record_id], args=[text]))

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
        groups = [[*parts]] if parts else []
        groups += [[f"{name}:{value}"] for name, value in filters]
        # What passes a filter may be in the trash; and the script walks one list at least.
        if (self._keeps_trash and not parts) or not any(len(group) == 1 for group in groups):
            groups.append([""])
        if len(groups) == 1:
            yield from ((record.id, record) for record in self.page(groups[0][0], limit, after))
        else:
            yield from self._scanned(groups, limit, after or "")

    def _scanned(
        self, groups: Sequence[Sequence[str]], limit: int, at: str
    ) -> Iterator[tuple[str, Record | None]]:
        """What `filtered` yields, of the records that are in one list of each of these groups."""
        keys = [[f"{self._key}s:{part}" if part else f"{self._key}s" for part in g] for g in groups]
        left = LOOKED_AT
        while limit > 0:
            with redis_named():
                found, at = self._scan(args=[json.dumps(keys), limit, at, AT_ONCE])
            yield from ((record.id, record) for record in self._each(found))
            limit, left = limit - len(found), left - AT_ONCE
            if not at:
                return
            if left <= 0:
                yield at, None
                return
