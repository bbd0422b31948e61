"""The command `purr`, under a name that no other distribution has.

The packages of this one are called `service` and `worker`, as those of others may be; of two with
the same name in one environment, the one that was installed last has overwritten files of the
other. Then nothing is done but to say so.
"""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

NAME = "purrceptron-server"
PACKAGES = ("service", "worker")
FOLDER = Path(__file__).resolve().parent
CANNOT_START = 3


def main() -> None:
    if lost := next(overwritten(), None):
        print(complaint(lost), file=sys.stderr)
        sys.exit(CANNOT_START)
    from service.cli.main import main

    main()


def overwritten() -> Iterator[Path]:
    """Yields files that are not those of ours which should stand there.

    A package that is found elsewhere is one, and so is a file whose size is not the installed one.
    """
    for package in PACKAGES:
        ours = FOLDER / package / "__init__.py"
        found = find_spec(package)
        if found is None or found.origin is None or Path(found.origin).resolve() != ours:
            yield Path((found and found.origin) or ours)
    for file, size in installed():
        if size_of(file) != size:
            yield file


def installed() -> Iterator[tuple[Path, int]]:
    """Yields the files of our packages with their sizes, as the installer wrote them down; nothing
    in a checkout that is worked on.

    Read by hand: for the standard library's way each call of `purr` would wait half as long again.
    """
    for record in FOLDER.glob(f"{NAME.replace('-', '_')}-*.dist-info/RECORD"):
        for line in record.read_text().splitlines():
            name, _, size = line.rsplit(",", 2)
            if name.startswith(PACKAGES) and size:
                yield FOLDER / name, int(size)


def size_of(file: Path) -> int | None:
    try:
        return os.stat(file).st_size
    except OSError:
        return None


def complaint(lost: Path) -> str:
    from importlib.metadata import packages_distributions  # it reads all that is installed

    claimed = packages_distributions()
    others = sorted({name for each in PACKAGES for name in claimed.get(each, ())} - {NAME})
    by = f" by {' and '.join(others)}" if others else ""
    return (
        f"purr: {lost} is not the file that {NAME} brought: it was overwritten, removed or hidden"
        f"{by}. Install {NAME} where it is alone: `pipx install {NAME}`, or an environment of its "
        "own."
    )
