#!/bin/sh
# Every benchmark, in an environment of its own; the numbers go to benchmarks/results/.
# The second run installs nothing. Every script gets the arguments: --rounds N, --threads N, --quick.
set -eu
cd "$(dirname "$0")/.."

TORCH=2.13.0
VENV=.venv-bench
BIN=$VENV/bin
MARK=$VENV/.installed

pip_install() {
  "$BIN/python" -m pip --quiet --disable-pip-version-check install "$@"
}

if [ ! -e "$MARK" ] || [ locks/run.txt -nt "$MARK" ] || [ pyproject.toml -nt "$MARK" ] ||
   [ benchmarks/run.sh -nt "$MARK" ]; then
  echo "Installing PyTorch $TORCH and Purrceptron into $VENV …"
  [ -x "$BIN/python" ] || "${PYTHON:-python3}" -m venv "$VENV"
  pip_install --require-hashes -r locks/run.txt
  pip_install --no-deps --no-build-isolation -e .
  pip_install "torch==$TORCH"
  touch "$MARK"
fi

for script in training first_step; do
  "$BIN/python" -m "benchmarks.$script" "$@"
done
