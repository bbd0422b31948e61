import faulthandler
import os
import signal
import threading
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest

from tests.worker.nn.engines.computing import run
from worker.nn.activations import ACTIVATIONS
from worker.nn.engines.cpu import interpreter
from worker.nn.engines.cpu.engine import CpuEngine
from worker.nn.engines.cpu.threads import Team


def out_of_memory(*arguments: object) -> None:
    raise MemoryError


def test_a_thread_without_memory_ends_the_process_in_which_others_would_wait_for_it() -> None:
    calls: SimpleQueue[Any] = SimpleQueue()
    calls.put(())
    child = os.fork()
    if child == 0:
        faulthandler.disable()  # this end is no news
        vars(interpreter)["run"] = out_of_memory
        Team._serve(calls)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGABRT


class Interrupted(BaseException):
    """As a signal raises it."""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("late", [False, True])
def test_a_caller_that_is_interrupted_leaves_threads_that_work_on(
    monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    do, Z = CpuEngine("float32", threads=3), np.ones((300, 400), "float32")
    program = do.record(1, lambda: do.activate(ACTIVATIONS["tanh"], do.copy(Z)))
    whole = interpreter.run

    def interrupted(*call: Any) -> None:
        if threading.current_thread() is threading.main_thread():
            if late:
                whole(*call)
            raise Interrupted
        whole(*call)

    monkeypatch.setattr(program, "work", 10**9)  # for all threads
    with monkeypatch.context() as patched:
        patched.setattr(interpreter, "run", interrupted)
        for _ in range(3):
            with pytest.raises(Interrupted):
                run(program)
    run(program)
