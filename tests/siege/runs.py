"""Where the service stands while it is attacked, and how an attack is carried out and judged."""

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.runs import may_mount
from tests.siege.attack import ATTACKS, MANY_FILES, QUICK_PLACE, SMALL_DISK, USUAL_PLACE
from tests.siege.bounds import Measures, breaches
from tests.siege.material import Material
from tests.siege.measures import Siege, measured
from tests.siege.subject import DESCRIPTORS, Subject, running
from tests.siege.wire import Wire

OWN_FILES = 8_192  # that the attacker may have open


@dataclass(frozen=True)
class Place:
    """A disk of this many bytes, or the usual one; and how many files a process may have open."""

    disk_bytes: int = 0
    descriptors: int = DESCRIPTORS


PLACES = {
    USUAL_PLACE: Place(),
    MANY_FILES: Place(descriptors=4_096),
    SMALL_DISK: Place(disk_bytes=2**30),
    QUICK_PLACE: Place(disk_bytes=640 * 2**20),
}


@dataclass(frozen=True)
class Outcome:
    """What came of an attack.

    Attributes:
        breaches: a sentence for each bound that was broken.
    """

    name: str
    size: int
    found: Measures
    breaches: list[str]


class Besieged:
    """A service that runs, and what it has in store."""

    def __init__(self, subject: Subject, folder: Path) -> None:
        self._subject, self.address = subject, subject.address
        self._material = Material(subject, Wire(subject.address), folder)
        self._material.warm()

    def endure(self, name: str, whole: bool = False) -> Outcome:
        """Attack it: at full size, or as much as the ordinary suite has time for."""
        attack = ATTACKS[name]
        size = attack.full if whole else attack.quick
        siege = Siege(self._subject, self._material, whole)
        found = measured(siege, attack.run, size, attack.bounds)
        return Outcome(name, size, found, breaches(found, attack.bounds))


@contextmanager
def besieged(where: str) -> Iterator[Besieged]:
    """A service in this place, with its default settings."""
    place, hard = PLACES[where], resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OWN_FILES, hard), hard))
    with tempfile.TemporaryDirectory(prefix="purr-siege-", dir="/tmp") as root:
        home, files = Path(root) / "home", Path(root) / "files"
        home.mkdir()
        files.mkdir()
        with disk(home, place.disk_bytes), running(home, place.descriptors) as subject:
            yield Besieged(subject, files)


@contextmanager
def disk(folder: Path, size_bytes: int) -> Iterator[None]:
    """A disk of this size under the folder while the block lasts; none for 0 bytes."""
    if not size_bytes:
        yield
        return
    made = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    subprocess.run(made, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def by_place(names: Sequence[str]) -> dict[str, list[str]]:
    """The attacks that are carried out in each place, at full size."""
    found: dict[str, list[str]] = {place: [] for place in PLACES}
    for name in names:
        found[ATTACKS[name].place].append(name)
    return {place: chosen for place, chosen in found.items() if chosen}


def quick() -> dict[str, list[str]]:
    """The attacks of the ordinary suite: all in one place, so that one service is enough."""
    mounts = may_mount()
    chosen = [name for name, attack in ATTACKS.items()
              if attack.quick and (mounts or attack.place != SMALL_DISK)]  # fmt: skip
    return {QUICK_PLACE if mounts else USUAL_PLACE: chosen}
