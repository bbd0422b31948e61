"""Runs the suite under coverage, the processes it starts included; ends with pytest's own line."""

import subprocess
import sys


def main() -> int:
    coverage = [sys.executable, "-m", "coverage"]
    tests = subprocess.run([*coverage, "run", "-m", "pytest", *sys.argv[1:]])
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main())
