"""Which version a name stands for: aliases of a model's versions, and all that became of them.

models/{name}/ aliases.json and .aliases.lock, which whoever changes that holds meanwhile
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from worker.errors import AliasesMoved, DamagedModel, InvalidParameter
from worker.jsontypes import Json
from worker.store.model_folder import alone, model_folder
from worker.store.models import ModelStore
from worker.store.operating_point import USUAL, OperatingPoint, with_points
from worker.system.files import read_json, remove_leftovers, write_atomically

CHAMPION = "champion"  # the alias of the version that answers where none is named
FILE = "aliases.json"
KEPT_MOVES = 1_000  # of a model; older ones are forgotten
MOST_ALIASES = 100  # of a model
NEWEST = "It is the newest version, and no other was ever made champion."
# Why the service moves an alias by itself.
SETTLED = "It answered already, as the newest version, when another one came."
WITHDRAWN = "The version that it named was withdrawn, for its job had been given up."


@dataclass(frozen=True)
class Move:
    """An alias came to name a version, or to have it answer in another way.

    Attributes:
        revision: the move's number among all moves of the model, from 1.
        version: the one that it names since then; None if the alias was deleted.
        before: the one that it named until then; None if there was no such alias.
        who: "caller", the id of a job, or "service".
        why: in words.
        at: the time, in ISO 8601; None of what was so from the beginning.
        forced: whether it was made whatever the guard said.
        guard: what the guard said; None where it was not asked.
        operating_point: how the version answers since then; None for as before.
        point_before: how the one before it answered.
    """

    alias: str
    version: int | None
    who: str
    why: str
    forced: bool = False
    guard: Json | None = None
    before: int | None = None
    revision: int = 0
    at: str | None = None
    operating_point: OperatingPoint | None = None
    point_before: OperatingPoint = USUAL


@dataclass(frozen=True)
class Named:
    """The aliases of a model as they stand.

    Attributes:
        revision: how many moves there were; 0 where no alias was ever set.
        aliases: by each alias the move since which it names its version.
        history: the last KEPT_MOVES moves, the newest first.
    """

    revision: int = 0
    aliases: dict[str, Move] = field(default_factory=dict)
    history: tuple[Move, ...] = ()

    def version(self, alias: str) -> int | None:
        """Returns the version that an alias names; None if there is no such alias."""
        return self.aliases[alias].version if alias in self.aliases else None

    def operating_point(self, alias: str) -> OperatingPoint:
        """Returns how the version answers that an alias names."""
        return (alias in self.aliases and self.aliases[alias].operating_point) or USUAL

    def came_to(self, alias: str) -> Move:
        """Returns the move by which an alias came to name its version; its last move if that one is
        forgotten."""
        now = self.aliases[alias]
        own = [move for move in self.history if move.alias == alias]
        return next((move for move in own if move.before != now.version), now)

    def point_of(self, alias: str, version: int) -> OperatingPoint:
        """Returns how a version answered when an alias named it last."""
        for move in self.history:
            if (move.alias, move.before) == (alias, version):
                return move.point_before
        return USUAL

    def versions(self) -> dict[str, int]:
        """Returns by each alias the version that it names."""
        return {alias: move.version or 0 for alias, move in self.aliases.items()}

    def moved(self, move: Move) -> "Named":
        """Returns the aliases after one more move; its number, time and what was before are set."""
        known, point = self.version(move.alias), self.operating_point(move.alias)
        now: Json = {"revision": self.revision + 1, "at": datetime.now(UTC).isoformat()}
        now |= {"before": known, "point_before": point}
        made = replace(move, operating_point=move.operating_point or point, **now)
        others = {alias: other for alias, other in self.aliases.items() if alias != move.alias}
        aliases = others if made.version is None else {**others, move.alias: made}
        return Named(made.revision, aliases, (made, *self.history)[:KEPT_MOVES])


class Aliases:
    """A file for each model. Any number of processes may read and change it at once: a reader sees
    the file before a move or the one after it, and needs no lock."""

    def __init__(self, root: Path, models: ModelStore) -> None:
        self._root, self._models = root, models
        self._read: dict[str, tuple[tuple[int, int], Named]] = {}

    def of(self, name: str) -> Named:
        """Returns the aliases of a model as they stand now; its file is read when it has changed.

        Raises:
            ModelNotFound: no model can have this name.
            DamagedModel: the file is none that was written here.
        """
        path = self._file(name)
        try:
            about = path.stat()
        except FileNotFoundError:
            return Named()
        seen, mark = self._read.get(name), (about.st_mtime_ns, about.st_ino)
        if seen is None or seen[0] != mark:
            # A file that came after the look is only read once more.
            seen = self._read[name] = mark, read(path)
        return seen[1]

    def answering(self, name: str) -> int:
        """Returns the version that answers where none is named: the champion, or the newest one of
        a model that has none yet.

        Raises:
            ModelNotFound: there is no model of this name.
            DamagedModel: its aliases cannot be read.
        """
        champion = self.of(name).version(CHAMPION)
        return self._models.newest(name) if champion is None else champion

    def shown(self, name: str) -> Named:
        """Returns the aliases of a model, a champion among them even if none was ever set.

        Raises:
            ModelNotFound, DamagedModel: as `answering` raises them.
        """
        named, newest = self.of(name), self._models.newest(name)
        implied = {CHAMPION: Move(CHAMPION, newest, "service", NEWEST)}
        return replace(named, aliases=implied | named.aliases)

    def move(self, name: str, move: Move, revision: int) -> Named:
        """Make a move, if there was none since this revision. When this returns, it survives a
        power cut.

        Raises:
            AliasesMoved: there was one.
            ModelNotFound: there is no such model, or no such version of it.
            InvalidParameter: the model would have too many aliases.
            StoreFull: the disk is full.
        """
        with alone(self._root, name):
            now = read(self._file(name))
            if now.revision != revision:
                self._read.pop(name, None)  # whatever the clock of its disk says
                raise moved_on(name, revision, now.revision)
            if move.version is not None:
                self._models.manifest(name, move.version)
            after = now.moved(move)
            if len(after.aliases) > max(MOST_ALIASES, len(now.aliases)):
                raise InvalidParameter(
                    f"Expected at most {MOST_ALIASES} aliases of a model, and {name} has so many. "
                    "Delete one."
                )
            write_atomically(self._file(name), json.dumps(asdict(after)).encode())
        return after

    def settle(self, name: str) -> None:
        """Have the version that answers go on answering when another one is published.

        Raises:
            StoreFull: the disk is full.
        """
        with suppress(DamagedModel):  # as long as they cannot be read, none answers
            while (named := self.of(name)).version(CHAMPION) is None:
                if not (versions := self._models.versions(name)):
                    return
                with suppress(AliasesMoved):
                    move = Move(CHAMPION, versions[-1], "service", SETTLED)
                    self.move(name, move, named.revision)

    def forget(self, name: str, version: int, who: str = "service", why: str = WITHDRAWN) -> None:
        """Have no alias name a version that is not there any more: each names again what it named
        before, and has that answer as it did, if that is there, or is gone.

        Raises:
            StoreFull: the disk is full.
        """
        while True:
            named, there = self.of(name), self._models.versions(name)
            lost = [move for move in named.aliases.values() if move.version == version]
            if not lost:
                return
            alias, came = lost[0].alias, named.came_to(lost[0].alias)
            move = Move(alias, None, who, why)
            if came.before in there:
                move = replace(move, version=came.before, operating_point=came.point_before)
            with suppress(AliasesMoved):
                self.move(name, move, named.revision)

    def drop_leftovers(self, age_s: float) -> None:
        """Remove what a process was writing when it died, once it is this old."""
        remove_leftovers(self._root.glob(f"*/{FILE}.*.part"), age_s)

    def _file(self, name: str) -> Path:
        return model_folder(self._root, name) / FILE


def read(path: Path) -> Named:
    """Returns what a file says; of one that is not there, that no alias was ever set.

    Raises:
        DamagedModel: it is none that was written here.
    """
    try:
        if (said := read_json(path)) is None:
            return Named()
        aliases = {alias: Move(**with_points(move)) for alias, move in said["aliases"].items()}
        return Named(
            said["revision"], aliases, tuple(Move(**with_points(move)) for move in said["history"])
        )
    except (ValueError, TypeError, KeyError) as error:
        raise DamagedModel(
            f"Expected {path} to hold the aliases of a model, but it has changed on disk. Remove "
            "it, and set them again."
        ) from error


def moved_on(name: str, expected: int, found: int) -> AliasesMoved:
    """Returns the error that the aliases of a model are at another revision."""
    return AliasesMoved(
        f"Expected the aliases of {name} at revision {expected}, found them at {found}. Look at "
        "them again."
    )
