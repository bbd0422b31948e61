"""The command `purr`, under a name that no other distribution has.

The packages of this one are called `service` and `worker`, as those of others may be; of two with
the same name in one environment, the one that was installed last has overwritten files of the
other. Then nothing is done but to say so.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path

NAME = "purrceptron-server"
PACKAGES = ("service", "worker")
CANNOT_START = 3


def main() -> None:
    if lost := next(overwritten(), None):
        print(complaint(lost), file=sys.stderr)
        sys.exit(CANNOT_START)
    from service.cli.main import main

    main()


def overwritten() -> Iterator[Path]:
    """Yields files of other distributions that stand where ours should be imported from.

    A package that is found elsewhere is one, and so is a file whose size is not the installed one:
    that costs milliseconds, and no two files that do the same by chance have the same size.
    """
    ours = Path(__file__).parent
    for package in PACKAGES:
        found = find_spec(package)
        if found is None or found.origin != str(ours / package / "__init__.py"):
            yield Path((found and found.origin) or ours / package)
    # A checkout that is worked on has no such files in its list.
    for file in distribution(NAME).files or ():
        there = Path(str(file.locate())).resolve()
        if file.parts[0] in PACKAGES and file.size is not None and size(there) != file.size:
            yield there


def size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def complaint(lost: Path) -> str:
    claimed = packages_distributions()
    others = sorted({name for each in PACKAGES for name in claimed.get(each, ())} - {NAME})
    by = f" by {' and '.join(others)}" if others else ""
    return (
        f"purr: {lost} is not the file that {NAME} brought: it was overwritten, removed or hidden"
        f"{by}. Install {NAME} where it is alone: `pipx install {NAME}`, or an environment of its "
        "own."
    )
