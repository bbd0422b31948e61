"""Retention: what is old, and used by nobody, goes."""

import logging
import math
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from worker.errors import DatasetNotFound, QueueUnavailable, RecordNotFound
from worker.jobs.expiry import Expiry
from worker.jobs.placement import COMPUTING
from worker.jobs.record import FINAL, UNFINISHED, Record, created_ms, kind_of
from worker.jobs.transitions import Transitions
from worker.operations.retention_policy import Policy
from worker.operations.sweep_driver import SweepDriver
from worker.settings import KEPT
from worker.store.store import Store

PERIOD_S = 3600.0  # between two looks at all that is kept
AT_ONCE = 20  # that one call takes

log = logging.getLogger(__name__)


class Due(NamedTuple):
    """What goes: files of a kind, of the record of this id."""

    kind: str
    id: str
    bytes: int
    why: str


class InUse(NamedTuple):
    """What is needed, and stays however old it is.

    Attributes:
        sweeps: ids of those that are not over.
        named: ids of jobs that made versions of models which an alias names.
        made: ids of jobs that made any version that is there, or in the trash.
        datasets: ids of those from which a model learned, or which something unfinished needs, and
            of all from which these come.
    """

    sweeps: frozenset[str]
    named: frozenset[str]
    made: frozenset[str]
    datasets: frozenset[str]


class Retention:
    """What a policy does not keep. Any number of processes may carry it out at once.

    Every method raises QueueUnavailable if Redis does not answer, or does not know all records
    again yet.
    """

    def __init__(
        self,
        records: Mapping[str, Transitions],
        store: Store,
        sweeps: SweepDriver,
        expiry: Expiry,
        policy: Policy,
    ) -> None:
        self._records, self._store, self._sweeps = records, store, sweeps
        self._expiry, self.policy = expiry, policy
        self._looked = -math.inf  # when this process did so last, by the monotonic clock
        self._left: deque[Due] = deque()

    def sweep(self) -> None:
        """Remove some of what is due; call it every few seconds. What cannot be removed is logged,
        and tried again after PERIOD_S."""
        if self.policy.keeps_all or self.policy.dry_run:
            return
        if not self._left and time.monotonic() - self._looked >= PERIOD_S:
            self._looked = time.monotonic()
            self._left = deque(self.due())
        if not self._left:
            return
        in_use = self.in_use()
        for _ in range(min(AT_ONCE, len(self._left))):
            self._take(self._left.popleft(), in_use)

    def due(self) -> Iterator[Due]:
        """Yields what would go now, whole jobs first. Nothing is removed."""
        if self.policy.keeps_all:
            return
        in_use, whole = self.in_use(), set[str]()
        for kind in KEPT:
            for place, record_id in enumerate(self._store.expiring.ids(kind)):
                if record_id in whole or not (why := self._why(kind, place, record_id, in_use)):
                    continue
                if kind == "jobs":
                    whole.add(record_id)
                yield Due(kind, record_id, self._store.expiring.bytes(kind, record_id), why)

    def in_use(self) -> InUse:
        """Returns what is needed now."""
        self._records["job"].check_complete()
        manifests = [*self._store.expiring.manifests()]
        named = {
            str(manifest["job"])
            for manifest in manifests
            if manifest["version"] in self._named(manifest["name"])
        }
        return InUse(
            frozenset(self._sweeps.open()),
            frozenset(named),
            frozenset(str(manifest["job"]) for manifest in manifests),
            frozenset(self._come_from({*self._needed(), *(m["dataset"]["id"] for m in manifests)})),
        )

    def _why(self, kind: str, place: int, record_id: str, in_use: InUse) -> str:
        """Why something is to go; "" if it stays."""
        rule = getattr(self.policy, kind)
        made_s = time.time() - created_ms(record_id) / 1000
        if not rule.why(place, made_s):  # it has ended no earlier than it was made
            return ""
        try:
            record = self._records[kind_of(record_id)].get(record_id)
        except RecordNotFound:  # or of a job of which the record went, and not the files yet
            going = kind == "jobs" and self._store.expiring.is_going(record_id)
            return "its record is gone" if going else ""
        except KeyError:
            return ""
        if is_used(kind, record, in_use) or self._store.archive.state(record_id) not in FINAL:
            return ""
        ended = record.finished_at or record.created_at
        return str(rule.why(place, time.time() - ended.timestamp() if ended else 0))

    def _take(self, due: Due, in_use: InUse) -> None:
        """Remove something, if it is still to go: all may be otherwise since it was seen."""
        try:
            if not self._why(due.kind, sys.maxsize, due.id, in_use):
                return
            size = self._expiry.remove(due.kind, due.id)
        except OSError as error:
            log.warning("%s of %s stay: %s", due.kind, due.id, error)
        else:
            log.info("%s of %s went, %d bytes: %s", due.kind, due.id, size, due.why)

    def _named(self, name: str) -> set[int]:
        """The versions of a model that an alias names; all of one whose aliases are damaged."""
        try:
            return {*self._store.aliases.shown(name).versions().values()}
        except (QueueUnavailable, OSError):
            raise
        except Exception:
            return {*self._store.models.versions(name)}

    def _needed(self) -> Iterator[str]:
        """The ids of datasets that something unfinished needs."""
        for kind in dict.fromkeys((*COMPUTING, "ds")):
            for state in UNFINISHED:
                for record in self._records[kind].page(state, sys.maxsize, None):
                    yield from record.body.get("sources", ())
                    if "dataset" in record.body:
                        yield str(record.body["dataset"])

    def _come_from(self, ids: set[str]) -> set[str]:
        """These datasets, and all from which they come."""
        left, found = [*ids], set[str]()
        while left:
            if (each := left.pop()) in found:
                continue
            found.add(each)
            with suppress(DatasetNotFound):
                manifest = self._store.datasets.manifest(each)
                before = (manifest.get("parent"), (manifest.get("edits") or {}).get("add"))
                left += [str(one) for one in before if one]
        return found


def is_used(kind: str, record: Record, in_use: InUse) -> bool:
    """Whether something of a record stays, whatever its age."""
    if record.state not in FINAL:
        return True
    if record.kind == "ds":
        return kind == "originals" and record.id in in_use.datasets
    if record.kind != "job":
        return False
    if record.id in in_use.named or (record.sweep and record.sweep["id"] in in_use.sweeps):
        return True
    # A sweep tells of its jobs, and a version of its own, for as long as they are there.
    return kind == "jobs" and (record.sweep is not None or record.id in in_use.made)
