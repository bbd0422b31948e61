"""Runs the suite with its coverage.

The few that fail beside other tests are tried once more alone, and named: much of the suite waits
for processes, and a machine that others keep busy may not come to some of it in time.
How long the tests of each folder took is said at the end. Pytest's own closing line comes last;
it is held back until the coverage is known.
"""

import re
import subprocess
import sys

COVERAGE = [sys.executable, "-m", "coverage"]
# One more than two cores have to do, since much of the suite waits for services. What shares a
# module's fixtures stays together; the order of the files is that of tests/conftest.py.
BOTH_CORES = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
FEW = 5  # more failures than so many are not the machine's


def main(arguments: list[str]) -> int:
    """The exit code: pytest's, or that of coverage when all tests passed and it is too low."""
    # Once, and not under the eyes of coverage, which makes it take minutes.
    subprocess.run([sys.executable, "-m", "worker", "kernels"], check=True)
    subprocess.run([*COVERAGE, "erase"], check=True)
    found, closing = pytest(arguments or BOTH_CORES)
    if not arguments and 0 < failures(closing) <= FEW:
        print(closing, end="")
        print("What failed is tried again alone.", flush=True)
        found, closing = pytest(["--last-failed", "-v"])
    covered = 0 if arguments else measured()
    print(closing, end="")
    return found or covered


def pytest(arguments: list[str]) -> tuple[int, str]:
    """Its exit code, and its last line; the others are printed."""
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    closing = ""
    command = [*COVERAGE, "run", "-m", "pytest", *colour, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(closing, end="", flush=True)
            closing = line
    return process.returncode, closing


def failures(closing: str) -> int:
    """How many tests failed, or could not begin, by pytest's closing line."""
    return sum(map(int, re.findall(r"(\d+) (?:failed|error)", closing)))


def measured() -> int:
    """Say what the whole suite covers; not 0 when it is too little."""
    subprocess.run([*COVERAGE, "combine", "--quiet"], check=True)
    whole = subprocess.run([*COVERAGE, "report"]).returncode
    # The core is what the project exists for.
    core = subprocess.run(
        [*COVERAGE, "report", "--include=worker/nn/*", "--fail-under=100", "--format=total"]
    ).returncode
    return whole or core


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
