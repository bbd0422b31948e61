#!/bin/sh
# Every benchmark, in an environment of its own; the numbers go to benchmarks/results/.
# The second run installs nothing. Every script gets the arguments: --rounds N, --threads N, --quick.
set -eu
cd "$(dirname "$0")/.."

PEERS="torch==2.13.0 jax==0.10.2 scikit-learn==1.9.1"
VENV=.venv-bench
BIN=$VENV/bin
MARK=$VENV/.installed

pip_install() {
  "$BIN/python" -m pip --quiet --disable-pip-version-check install "$@"
}

if [ ! -e "$MARK" ] || [ locks/run.txt -nt "$MARK" ] || [ pyproject.toml -nt "$MARK" ] ||
   [ benchmarks/run.sh -nt "$MARK" ]; then
  echo "Installing $PEERS and Purrceptron into $VENV …"
  [ -x "$BIN/python" ] || "${PYTHON:-python3}" -m venv "$VENV"
  pip_install --require-hashes -r locks/run.txt
  pip_install --no-deps --no-build-isolation -e .
  # Unquoted: a word for each.
  pip_install $PEERS
  touch "$MARK"
fi

# One that fails says so, and the others run all the same; the roofline needs the steps.
failed=
for script in core.steps core.roofline core.training core.memory core.scaling \
              service.whole_job service.first_step service.workers service.job_memory \
              service.submissions service.serving service.backbone_predictions service.picture_predictions \
              service.inference_protocol service.kept_answers service.model_loading service.telemetry \
              service.imports service.overload; do
  "$BIN/python" -m "benchmarks.$script" "$@" || failed="$failed $script"
done
[ -z "$failed" ] || { echo "Not as expected:$failed"; exit 1; }
