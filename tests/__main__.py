"""Runs the suite with its coverage, the processes it starts included.

Ends with pytest's own closing line, which is held back until the coverage is known.
"""

import subprocess
import sys

COVERAGE = [sys.executable, "-m", "coverage"]
# Much of the suite waits for services; what shares a module's fixtures stays together.
BOTH_CORES = ["-n", "2", "--dist", "loadfile"]


def main(arguments: list[str]) -> int:
    """The exit code: pytest's, or that of coverage when all tests passed and it is too low."""
    # Once, and not under the eyes of coverage, which makes it take minutes.
    subprocess.run([sys.executable, "-m", "worker", "kernels"], check=True)
    subprocess.run([*COVERAGE, "erase"], check=True)
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    closing = ""
    command = [*COVERAGE, "run", "-m", "pytest", *colour, *(arguments or BOTH_CORES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as pytest:
        assert pytest.stdout is not None
        for line in pytest.stdout:
            print(closing, end="", flush=True)
            closing = line
    covered = 0 if arguments else measured()
    print(closing, end="")
    return pytest.returncode or covered


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
