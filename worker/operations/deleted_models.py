"""Models and versions of models that are deleted, and those that are restored."""

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from worker.errors import AliasesMoved, IllegalMove, JobNotFound, ModelNotFound
from worker.jobs.needing import needing
from worker.jobs.record import FINAL
from worker.jobs.transitions import Transitions
from worker.jobs.trash import NAMED, needed_by
from worker.operations.promotions import CALLER
from worker.store.aliases import CHAMPION, Move
from worker.store.model_trash import Trashed
from worker.store.store import Store

DAY_MS = 24 * 3600 * 1000
GONE = "Its model was deleted."
BACK = "Its version was restored."


class DeletedModels:
    """Deletes to the trash, and restores.

    Every method raises ModelNotFound if there is no such model or version, QueueUnavailable if
    Redis does not answer or does not know all jobs again yet, and StoreFull if the disk is full.
    """

    def __init__(self, store: Store, records: Mapping[str, Transitions], trash_days: float) -> None:
        """Args:
        trash_days: for how long what is deleted can be restored; 0: it goes for good at once.
        """
        self._records, self._keep_ms = records, round(trash_days * DAY_MS)
        self._jobs = records["job"]
        self._models, self._trash, self._aliases = store.models, store.model_trash, store.aliases

    def delete_version(self, name: str, version: int) -> None:
        """Put a version into the trash. To delete it again changes nothing.

        Raises:
            IllegalMove: an alias names it, or a job or a scoring that is not over needs it.
            DamagedModel: the aliases of the model cannot be read.
        """
        with self._trash.alone(name):
            if not self._models.has(name, version):
                self._in_trash(name, [version])
                return
            named = self._aliases.shown(name).versions()
            if own := sorted(alias for alias in named if named[alias] == version):
                raise IllegalMove(why_named(name, version, own, self._models.versions(name)))
            self._check_unneeded("version", name, [version])
            gone = Trashed(self._until_ms(), name, version)
            self._trash.put([gone])
        self._emptied([gone])

    def delete(self, name: str) -> None:
        """Put all versions of a model into the trash. To delete it again changes nothing.

        Its own champion does not stand in the way: a model has one as long as it has versions.

        Raises:
            IllegalMove: another alias names one, or a job or a scoring that is not over needs one.
            DamagedModel: the aliases of the model cannot be read.
        """
        with self._trash.alone(name):
            versions, named = self._models.versions(name), self._aliases.of(name).versions()
            others = sorted(named.keys() - {CHAMPION})
            if versions and others:
                raise IllegalMove(
                    f"Expected a model of which {CHAMPION} is the only alias; {name} has "
                    f"{', '.join(others)}. Whoever asks by such a name would get no answer: delete "
                    "these aliases first."
                )
            self._check_unneeded("model", name, versions)
            until_ms = self._until_ms()
            gone = [
                Trashed(until_ms, name, v, tuple(a for a in named if named[a] == v), whole=True)
                for v in versions
            ]
            self._trash.put(gone)
            # What a process that died meanwhile has left to be done is done now.
            whole = [each for each in self._trash.of(name) if each.whole]
        if not whole:
            raise ModelNotFound(f"No model has the name {name}.")
        for each in whole:
            self._aliases.forget(name, each.version, CALLER, GONE)
        self._emptied(gone)

    def restore_version(self, name: str, version: int) -> None:
        """Take a version out of the trash, as it was.

        Raises:
            IllegalMove: it is not in the trash.
        """
        if self._models.has(name, version):
            raise IllegalMove(
                f"Expected a version in the trash; version {version} of {name} is in use."
            )
        self._restore(name, self._in_trash(name, [version]))

    def restore(self, name: str) -> None:
        """Take all versions out of the trash that were deleted with their model.

        Raises:
            IllegalMove: the model is not in the trash.
        """
        whole = [each for each in self._trash.of(name) if each.whole]
        if not whole and self._models.versions(name):
            raise IllegalMove(f"Expected a model in the trash; {name} is in use.")
        if not whole:
            raise ModelNotFound(f"No model has the name {name}, in use or in the trash.")
        self._restore(name, whole)

    def _restore(self, name: str, versions: Sequence[Trashed]) -> None:
        """Take versions out of the trash. An alias names one again if nothing took its place."""
        with self._trash.alone(name):
            there = self._models.versions(name)
            taken = self._aliases.shown(name).aliases.keys() if there else {}
            self._trash.restore(self._in_trash(name, [each.version for each in versions]))
        for each in versions:
            for alias in {*each.aliases} - {*taken}:
                self._name_again(name, alias, each.version)

    def _name_again(self, name: str, alias: str, version: int) -> None:
        """Have an alias name a version, and that answer as it did, if it names none."""
        while (named := self._aliases.of(name)).version(alias) is None:
            point = named.point_of(alias, version)
            move = Move(alias, version, CALLER, BACK, operating_point=point)
            with suppress(AliasesMoved):
                self._aliases.move(name, move, named.revision)

    def _in_trash(self, name: str, versions: Collection[int]) -> list[Trashed]:
        """These versions as they are in the trash, all of them."""
        found = [each for each in self._trash.of(name) if each.version in versions]
        if missing := {*versions} - {each.version for each in found}:
            raise ModelNotFound(f"No model {name} has version {min(missing)}.")
        return found

    def _check_unneeded(self, noun: str, name: str, versions: Sequence[int]) -> None:
        """Refuse while a job is not over that starts from one of these versions, or made it."""
        self._jobs.check_complete()
        makers = (str(self._models.manifest(name, version)["job"]) for version in versions)
        needed = [*needing(self._records, name, versions), *filter(self._unfinished, makers)]
        if needed:
            raise IllegalMove(needed_by(noun, len(needed), *needed[:NAMED]))

    def _unfinished(self, job_id: str) -> bool:
        """Whether a job is still at it: another attempt would publish what it does not find."""
        try:
            return self._jobs.get(job_id).state not in FINAL
        except JobNotFound:
            return False

    def _until_ms(self) -> int:
        return int(time.time() * 1000) + self._keep_ms

    def _emptied(self, versions: Sequence[Trashed]) -> None:
        """Remove for good what no trash keeps."""
        if not self._keep_ms:
            for each in versions:
                self._trash.remove(each)


def why_named(name: str, version: int, aliases: Sequence[str], versions: Sequence[int]) -> str:
    """Returns why a version cannot be deleted that these aliases name, and what to do."""
    refusal = (
        f"Expected a version that no alias names; version {version} of {name} is "
        f"{' and '.join(aliases)}. "
    )
    if [*aliases] != [CHAMPION]:
        return f"{refusal}Have each alias name another version first, or delete it."
    if len(versions) == 1:
        return f"{refusal}It is the only one: delete the model {name} itself."
    return f"{refusal}Promote another version first."
