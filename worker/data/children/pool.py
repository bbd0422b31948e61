"""A pool of processes that answer, and the bounded queue of questions before them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Self, TypeVar

from worker.data.children.child import Child
from worker.errors import TooBusy, WorkerError
from worker.system.machine import cores

QUICK_S = 0.25  # what is answered for less is not interrupted: a new process takes as long

# Called with the processor seconds of a question, or None where no process began to answer it; and
# with the code of its error, or "".
Observe = Callable[[float | None, str], None]

C = TypeVar("C", bound=Child)
T = TypeVar("T")


class Bound(NamedTuple):
    """How much may wait.

    Attributes:
        most: of the unit.
        unit: in which work is counted, and for what it waits.
    """

    most: int
    unit: str


@dataclass(eq=False)
class Task(Generic[C, T]):
    """A question that waits, or is being answered.

    Attributes:
        ask: asks it of a child.
        work: that waits with it, in the unit of the queue's bound.
        held: what is in memory while it is answered, in the unit of the pool's bound.
        child: that answers it now, if one does.
        began: when a child began, by time.monotonic(); 0 before.
        interrupted: whether that was ended because nobody waits for it any more.
    """

    ask: Callable[[C], T]
    work: int
    held: int = 0
    answer: Future[T] = field(default_factory=Future)
    child: C | None = None
    began: float = 0.0
    interrupted: bool = False


class Pool(Generic[C, T]):
    """Has questions answered by children, one for each core, each with a thread of its own.

    Args:
        made: makes a child that was not started yet.
        bound: of what may wait.
        most_held: how much may be in memory for all that is being answered, unless it is one alone.
        ready: start the processes at once, not with the first questions.

    Attributes:
        queued: the work of all questions that wait.
        seconds: of processor time that all questions so far have taken.
        observe: called once for each question that was answered or refused.
    """

    def __init__(
        self,
        made: Callable[[], C],
        bound: Bound,
        observe: Observe = lambda seconds, code: None,
        *,
        most_held: int = 0,
        ready: bool = False,
    ) -> None:
        self._made, self._bound, self.observe, self._ready = made, bound, observe, ready
        self.queued, self.seconds = 0, 0.0
        self._held, self._most_held = 0, most_held
        self._children: list[C] = []
        self._tasks: deque[Task[C, T]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"child-{number}", daemon=True)
            for number in range(cores())
        ]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()

    def dismiss(self) -> None:
        """Have the processes end, and do not wait for that. Questions that still wait get TooBusy
        as their answer."""
        with self._changed:
            self._closed = True
            for task in self._tasks:
                task.answer.set_exception(TooBusy("The service is stopping. Try again shortly."))
            self._tasks.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """End the processes, as `dismiss` does."""
        self.dismiss()
        for thread in self._threads:
            thread.join()

    def put(self, task: Task[C, T]) -> Task[C, T]:
        """Queue a question and return it.

        Raises:
            TooBusy: the queue is full, or the pool closed. `observe` is not called: it may be put
                again.
        """
        with self._changed:
            if self._closed or self.full():
                raise TooBusy(
                    f"Expected at most {self._bound.most:,} {self._bound.unit}, found "
                    f"{self.queued:,}. Try again shortly."
                )
            self.queued += task.work
            self._tasks.append(task)
            self._changed.notify()
        return task

    def drop(self, tasks: Iterable[Task[C, T]]) -> None:
        """Cancel tasks for which nobody waits any more; what takes long to answer is
        interrupted."""
        with self._changed:
            for task in tasks:
                if task in self._tasks:
                    self._tasks.remove(task)
                    self.queued -= task.work
                    task.answer.cancel()
                elif task.child and time.monotonic() - task.began > QUICK_S:
                    task.interrupted = True
                    task.child.interrupt()

    @property
    def starts(self) -> int:
        """Processes that were started so far."""
        return sum(child.starts for child in self._children)

    def full(self) -> bool:
        """Whether the queue takes nothing more now."""
        return self.queued >= self._bound.most

    def _serve(self) -> None:
        """Answer by a child of this thread's own, until the pool is closed."""
        child = self._made()
        self._children.append(child)
        if self._ready:
            with suppress(WorkerError):
                child.start()
        while (task := self._next(child)) is not None:
            try:
                self._answer(child, task)
            finally:
                with self._changed:
                    self._held -= task.held
                    self._changed.notify_all()
        child.stop()

    def _next(self, child: C) -> Task[C, T] | None:
        """Returns the next question, once there is room in memory for it; None when the pool is
        closed."""
        with self._changed:
            while not (self._tasks and self._has_room(self._tasks[0])):
                if self._closed:
                    return None
                self._changed.wait()
            task = self._tasks.popleft()
            self.queued -= task.work
            self._held += task.held
            task.child, task.began = child, time.monotonic()
            return task

    def _has_room(self, task: Task[C, T]) -> bool:
        return not self._held or self._held + task.held <= self._most_held

    def _answer(self, child: C, task: Task[C, T]) -> None:
        found: T | WorkerError
        try:
            found = task.ask(child)
        except WorkerError as error:
            found = error
        with self._changed:
            task.child = None  # it may have the next one now: `drop` must not interrupt that
            self.seconds += child.seconds
        if not task.interrupted:  # else the result does not depend on the question
            seconds = None if isinstance(found, TooBusy) else child.seconds
            self.observe(seconds, found.code if isinstance(found, WorkerError) else "")
        if not task.answer.set_running_or_notify_cancel():
            return
        if isinstance(found, WorkerError):
            task.answer.set_exception(found)
        else:
            task.answer.set_result(found)
