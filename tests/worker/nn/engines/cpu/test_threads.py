import faulthandler
import os
import signal
from queue import SimpleQueue
from typing import Any

from worker.nn.engines.cpu import interpreter
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
