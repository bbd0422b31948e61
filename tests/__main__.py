"""Runs the suite: the tests of the core under the eyes of coverage, then all others without.

To be watched takes a test half as long again. `--coverage` has the whole suite watched.

The few that fail beside other tests are tried once more alone, and named: much of the suite waits
for processes, and a machine that others keep busy may not come to some of it in time.
How long the tests of each folder took is said at the end of a run.
"""

import re
import subprocess
import sys
from collections.abc import Sequence

PLAIN = [sys.executable]
COVERAGE = [sys.executable, "-m", "coverage"]
WATCHED = [*COVERAGE, "run"]
CORE = "worker/nn"  # what the project exists for
# One more than two cores have to do, since much of the suite waits for services. What shares a
# module's fixtures stays together; the order of the files is that of tests/conftest.py.
SIDE_BY_SIDE = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
FEW = 5  # more failures than so many are not the machine's


def main(arguments: list[str]) -> int:
    """The exit code: pytest's, or that of coverage when all tests passed and it is too low."""
    # Once, and not under the eyes of coverage, which makes it take minutes.
    subprocess.run([sys.executable, "-m", "worker", "kernels"], check=True)
    if arguments and arguments != ["--coverage"]:
        return pytest(PLAIN, arguments)[0]
    subprocess.run([*COVERAGE, "erase"], check=True)
    if arguments:
        return tried(WATCHED, []) or measured() or measured(CORE)
    ended = [
        tried([*WATCHED, f"--source={CORE}"], [f"tests/{CORE}"]),
        measured(CORE),
        tried(PLAIN, [f"--ignore=tests/{CORE}"]),
    ]
    return next(filter(None, ended), 0)


def tried(run: Sequence[str], where: Sequence[str]) -> int:
    """Pytest's exit code, once the few that failed have been tried again alone."""
    found, closing = pytest(run, [*SIDE_BY_SIDE, *where])
    if 0 < failures(closing) <= FEW:
        print("What failed is tried again alone.", flush=True)
        found, _ = pytest(run, ["--last-failed", "-v", *where])
    return found


def pytest(run: Sequence[str], arguments: Sequence[str]) -> tuple[int, str]:
    """Its exit code, and the last of its lines, which are printed."""
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    closing = ""
    command = [*run, "-m", "pytest", *colour, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for closing in process.stdout:
            print(closing, end="", flush=True)
    return process.returncode, closing


def failures(closing: str) -> int:
    """How many tests failed, or could not begin, by pytest's closing line; none where none passed,
    for then it is the suite that could not begin."""
    if " passed" not in closing:
        return 0
    return sum(map(int, re.findall(r"(\d+) (?:failed|error)", closing)))


def measured(part: str | None = None) -> int:
    """Say what is covered of a folder, which must be all, or of everything; not 0 when it is too
    little."""
    subprocess.run([*COVERAGE, "combine", "--quiet", "--append"])  # what was not combined yet
    bounds = ["--fail-under=100", f"--include={part}/*"] if part else []
    return subprocess.run([*COVERAGE, "report", *bounds]).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
