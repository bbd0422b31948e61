"""What stands in a table is known everywhere; what does not is refused, or seen at once."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.worker.nn.engines.computing import HOW, blank, rows_of
from tests.worker.nn.engines.simulated.kernels import compiled
from worker.nn.activations import ACTIVATIONS, Activation
from worker.nn.engines.base import COST_SUM
from worker.nn.engines.codes import activation_code, loss_code, rule_code
from worker.nn.engines.cpu.activations import KERNELS
from worker.nn.engines.cpu.costs import COSTS
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.updates import UPDATES
from worker.nn.engines.gpu import engine
from worker.nn.engines.operations import Operation
from worker.nn.engines.step_numbers import numbers_of
from worker.nn.losses import LOGISTIC, LOSSES
from worker.nn.optimizers import OPTIMIZERS, SGD, Adam


@pytest.mark.timeout(900)  # all kernels are compiled
def test_strangers_are_trained_once_they_are_in_their_tables(tmp_path: Path) -> None:
    # Kernels of its own, since those of the usual folder do not know them; used once, so compiled
    # without any pains.
    own = {"PURR_KERNEL_DIR": str(tmp_path / "kernels"), "NUMBA_OPT": "0"}
    env = os.environ | own | {"PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "tests.worker.nn.train_strangers"]
    ended = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True)
    assert (ended.returncode, ended.stdout) == (0, "signs\ntwo_means\n")


def test_each_has_its_kernels() -> None:
    assert set(KERNELS) == set(ACTIVATIONS)
    assert set(COSTS) == set(LOSSES)
    assert set(UPDATES) == set(OPTIMIZERS) == set(HOW)


def test_what_no_kernel_knows_is_refused_when_a_step_is_recorded() -> None:
    class Stranger(SGD):
        pass

    relu = ACTIVATIONS["relu"]
    with pytest.raises(ValueError, match=r"Expected one of relu, .* no kernel knows"):
        activation_code(Activation(relu.g, relu.slope, steepest=2))
    with pytest.raises(ValueError, match=r"Expected one of logistic, .* no kernel knows"):
        loss_code(LOGISTIC._replace(units=lambda classes: 7))
    with pytest.raises(ValueError, match=r"Expected one of sgd, .*Stranger.* no kernel knows"):
        rule_code(Stranger([]))


def test_what_remembers_too_much_is_refused() -> None:
    class Elephant(Adam):
        remembers = "mvw"

    with pytest.raises(ValueError, match="Expected a rule with 2 moments at most"):
        rule_code(Elephant([np.ones(2)], **HOW["adam"]))


def test_a_code_of_nobody_leaves_what_is_no_number() -> None:
    do = CpuEngine("float64", threads=1)
    Z, P = do.copy(np.ones((2, 3))), do.copy(np.ones(8))
    A = do.empty(2, 3)

    def step() -> None:
        do._each(Operation.ACTIVATE, A, len(ACTIVATIONS), Z, A, *Z.shape)
        do._cost(len(LOSSES), Z, Z, 0.0)
        do._update(len(OPTIMIZERS), P, P, [0, 0])

    program = do.record(1, step)
    program.run(rows_of(blank()), 0, numbers_of(None, [0.1]))
    assert np.isnan(A).all()
    assert np.isnan(do.cells[COST_SUM])
    assert np.isnan(P).all()


@pytest.mark.parametrize("table", ["ACTIVATIONS", "LOSSES", "OPTIMIZERS", "POOLS"])
def test_a_graphics_kernel_that_lacks_an_entry_cannot_be_compiled(table: str) -> None:
    compiled("float64")  # else there is nothing to compile with
    source = engine.source()
    added = source.replace(f"{table}(EACH_ONE) ", f"{table}(EACH_ONE) EACH_ONE(stranger) ", 1)
    assert added != source
    with pytest.raises(subprocess.CalledProcessError):
        compiled("float64", added)
