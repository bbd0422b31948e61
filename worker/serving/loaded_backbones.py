"""Backbones ready to be asked: loaded when they are first needed, a few of them at a time."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

from worker.data.backbones.backbone import Backbone
from worker.data.backbones.pool import FeaturePool
from worker.errors import BackboneNotFound, DamagedBackbone, TooBusy
from worker.settings import Settings
from worker.store.backbones import BackboneStore


class LoadedBackbones:
    """The backbones that were asked last, so many of them, each with processes of its own. All
    models that need one share it."""

    def __init__(self, store: BackboneStore, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._pools: OrderedDict[str, FeaturePool] = OrderedDict()
        self._users: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def using(self, digest: str) -> Iterator[FeaturePool]:
        """Yields the pool of a backbone, which stays loaded for as long as the block lasts. Its
        pictures get DamagedBackbone where the backbone is not there, or not as it was imported.

        Raises:
            TooBusy: as many others are in use as may be loaded.
        """
        with self._lock:
            pool = self._pools.get(digest) or self._loaded(digest)
            self._pools.move_to_end(digest)
            self._users[digest] += 1
        try:
            yield pool
        finally:
            with self._lock:
                self._users[digest] -= 1

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            for pool in self._pools.values():
                pool.dismiss()
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def __len__(self) -> int:
        return len(self._pools)

    @property
    def queued(self) -> int:
        """Pictures that wait for any of them."""
        with self._lock:
            return sum(pool.queued for pool in self._pools.values())

    def _loaded(self, digest: str) -> FeaturePool:
        most = self._settings.backbones_in_memory
        if len(self._pools) >= most:
            unused = next((known for known in self._pools if not self._users[known]), None)
            if unused is None:
                raise TooBusy(
                    f"Expected at most {most} backbones to be asked at a time, found as many in "
                    "use. Try again shortly, or raise PURR_BACKBONES_IN_MEMORY."
                )
            self._pools.pop(unused).dismiss()
        pool = FeaturePool(partial(self._opened, digest), self._settings)
        pool.start()
        self._pools[digest] = pool
        return pool

    def _opened(self, digest: str) -> tuple[Backbone, Path]:
        try:
            return self._store.open(digest)
        except BackboneNotFound as error:
            raise DamagedBackbone(
                f"Expected the backbone {digest}, by which this model answers, but it is not "
                "there. Send the same file with the same options again, under a name of its own."
            ) from error
