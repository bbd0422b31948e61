"""Which version of a model answers: promotions, and the way back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from worker.errors import (
    AliasesMoved,
    AliasNotFound,
    IllegalMove,
    ModelNotFound,
    PromotionRefused,
)
from worker.jsontypes import Json
from worker.operations.guard import Verdict, judged
from worker.store.aliases import CHAMPION, Move, Named, moved_on
from worker.store.operating_point import OperatingPoint, check_threshold
from worker.store.store import Store

Wish = Literal["if_better", "never", "always"]

CALLER = "caller"
FIRST = "It is the first version."
FINISHED = "Its job has published it."
ROLLED_BACK = "It was rolled back."
DELETED = "It was deleted."
NOT_WISHED = 'Its job is not to promote it: "promote" is "never".'
NOTHING_NEW: Mapping[str, Any] = MappingProxyType({})
UNJUDGED = Verdict([], [], [])


class Promoted(NamedTuple):
    """An alias as it stands, and what the guard found; None where it was not asked."""

    revision: int
    move: Move
    verdict: Verdict | None = None


class Promotions:
    """Moves of aliases.

    Every method raises ModelNotFound if there is no such model, and DamagedModel if its aliases
    cannot be read; those that move one raise StoreFull if the disk is full.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._aliases = store, store.aliases

    def of(self, name: str) -> Named:
        """Returns the aliases of a model, a champion among them in any case."""
        return self._aliases.shown(name)

    def history(self, name: str, alias: str, before: int | None) -> Iterator[Move]:
        """Yields the moves of an alias that are older than the one of this number, or all of them,
        the newest first."""
        self._store.models.newest(name)
        for move in self._aliases.of(name).history:
            if move.alias == alias and (before is None or move.revision < before):
                yield move

    def promote(
        self,
        name: str,
        alias: str,
        version: int,
        reason: str,
        *,
        force: bool = False,
        revision: int | None = None,
        point: Mapping[str, Any] = NOTHING_NEW,
    ) -> Promoted:
        """Have an alias name a version. To make one champion, the guard must let it go live.

        Args:
            force: whatever the guard says, which is kept with the move.
            point: what of its operating point becomes another.
            revision: of the aliases as the caller has seen them; None for as they are.

        Raises:
            ModelNotFound: there is no such version.
            PromotionRefused: the guard does not let it go live.
            InvalidParameter: it has other than two classes, and there is a threshold.
            AliasesMoved: the aliases have moved since that revision.
        """
        while True:
            named = self._aliases.of(name)
            if revision not in (None, named.revision):
                raise moved_on(name, revision or 0, named.revision)
            verdict = self._verdict(name, version) if alias == CHAMPION else None
            wanted = replace(named.operating_point(alias), **point)
            self._check_threshold(name, version, wanted)
            if named.version(alias) == version and named.operating_point(alias) == wanted:
                return Promoted(named.revision, named.aliases[alias], verdict)
            if verdict is not None and not (verdict.allowed or force):
                raise refused(name, version, verdict)
            guard = verdict and verdict.as_dict()
            move = Move(alias, version, CALLER, reason, force, guard, operating_point=wanted)
            if after := self._moved(name, move, named.revision, again=revision is None):
                return Promoted(after.revision, after.aliases[alias], verdict)

    def rollback(self, name: str, alias: str) -> Promoted:
        """Have an alias name the version again that it named before, and that answer as it did.

        Raises:
            AliasNotFound: there is no such alias.
            IllegalMove: it named none before, or one that is gone.
        """
        while True:
            named = self._known(name, alias)
            back = named.aliases[alias].before
            if back not in self._store.models.versions(name):
                raise IllegalMove(
                    f"Expected that {alias} of {name} named a version before that is still there, "
                    f"got {'none' if back is None else back}. Promote the one that you want."
                )
            with suppress(AliasesMoved):
                point = named.aliases[alias].point_before
                move = Move(alias, back, CALLER, ROLLED_BACK, operating_point=point)
                after = self._aliases.move(name, move, named.revision)
                return Promoted(after.revision, after.aliases[alias])

    def delete(self, name: str, alias: str) -> None:
        """Delete an alias that nothing answers by.

        Raises:
            AliasNotFound: there is no such alias.
            IllegalMove: it is the champion.
        """
        if alias == CHAMPION:
            raise IllegalMove(
                f"Expected another alias than {CHAMPION}, by which {name} answers. Promote another "
                "version instead."
            )
        while True:
            named = self._known(name, alias)
            with suppress(AliasesMoved):
                self._aliases.move(name, Move(alias, None, CALLER, DELETED), named.revision)
                return

    def after_job(
        self,
        name: str,
        version: int,
        job_id: str,
        wish: Wish,
        compare: Callable[[int], list[str]],
        check: Callable[[], None],
    ) -> Json:
        """Make the version that a job has published champion, if the job wishes that and the guard
        lets it. Twice by one job is once, whatever came in between.

        Args:
            compare: asks a champion and this version about the same rows, and returns why not about
                others.
            check: raises if the job is no longer the caller's; called just before a move.

        Returns:
            Whether it was promoted, and what the guard said.
        """
        while True:
            named = self._aliases.of(name)
            for made in named.history:
                if made.who == job_id:
                    return told(True, made.guard)
            champion, verdict = named.version(CHAMPION), UNJUDGED
            if champion == version:
                return told(True, None)
            if champion is not None:
                verdict = self._verdict(name, version, compare(champion)) or UNJUDGED
                if wish == "never":
                    return told(False, verdict.as_dict(), NOT_WISHED)
                if not verdict.allowed and wish != "always":
                    return told(False, verdict.as_dict())
            why, guard = (FIRST if champion is None else FINISHED), verdict.as_dict()
            move = Move(CHAMPION, version, job_id, why, wish == "always", guard)
            check()
            with suppress(AliasesMoved):
                self._aliases.move(name, move, named.revision)
                return told(True, guard)

    def _verdict(
        self, name: str, version: int, not_compared: list[str] | None = None
    ) -> Verdict | None:
        """What the guard says of a version; None if it answers already, or nothing else does."""
        models, candidate = self._store.models, self._store.models.manifest(name, version)
        if (answering := self._aliases.answering(name)) == version:
            return None
        try:
            champion = models.manifest(name, answering)
        except ModelNotFound:  # somebody has removed it
            return None
        comparisons = self._store.right_answers.paired(name, champion, candidate)
        return judged(champion, candidate, comparisons, not_compared or [])

    def _moved(self, name: str, move: Move, revision: int, *, again: bool) -> Named | None:
        """The aliases after a move; None if others have moved since, and it is to be made again."""
        try:
            return self._aliases.move(name, move, revision)
        except AliasesMoved:
            if not again:
                raise
            return None

    def _check_threshold(self, name: str, version: int, wanted: OperatingPoint) -> None:
        classes = len(self._store.models.manifest(name, version)["classes"])
        told = f"version {version} of {name}"
        check_threshold(wanted.threshold, told, classes, "Set it to null.", "/threshold")

    def _known(self, name: str, alias: str) -> Named:
        """The aliases of a model, this one among them."""
        self._store.models.newest(name)
        if alias not in (named := self._aliases.of(name)).aliases:
            raise AliasNotFound(f"The model {name} has no alias {alias:.80}.")
        return named


def refused(name: str, version: int, verdict: Verdict) -> PromotionRefused:
    return PromotionRefused(
        f"Expected a version of {name} that may go live; version {version} may not: "
        f"{' '.join(verdict.reasons)} With force it does all the same.",
        verdict.as_dict(),
    )


def told(promoted: bool, guard: Json | None, reason: str | None = None) -> Json:
    """Returns what became of the version of a job, as its record keeps it."""
    said = guard or UNJUDGED.as_dict()
    reasons = [*said["reasons"], *([] if reason is None else [reason])]
    return {"promoted": promoted, **said, "reasons": reasons}
