"""Calls that are written once, as coroutines, and made in both ways: waiting in this thread, or
awaited in an event loop.

A method that is a `call` belongs to an object that is `Bound` to a session. Of `Jobs[Sync]` it is a
function that returns when it is done; of `Jobs[Async]` it is a coroutine function. A `stream` is an
iterator, or an asynchronous one, likewise. Type checkers see which.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from purrceptron.transport import Async, Sync

if TYPE_CHECKING:
    from typing_extensions import TypeVar as VariableWithDefault

    from purrceptron.session import Session

    # So that `Job` alone means `Job[Sync]` in an annotation.
    M = VariableWithDefault("M", bound=Sync | Async, default=Sync)
else:
    M = TypeVar("M")

P = ParamSpec("P")
T = TypeVar("T")


class Bound(Generic[M]):
    """What can ask the service: it has the session that it came from."""

    _session: Session[M]


class call(Generic[P, T]):  # noqa: N801 - a decorator, as property is
    """A method that asks the service, and returns what that answers."""

    def __init__(self, asks: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> None:
        self._asks = asks
        shown: Any = self
        update_wrapper(shown, asks)  # for `help`

    @overload
    def __get__(self, bound: None, owner: Any = None) -> call[P, T]: ...
    @overload
    def __get__(self, bound: Bound[Sync], owner: Any = None) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, bound: Bound[Async], owner: Any = None
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, bound: Any, owner: Any = None) -> Any:
        return self if bound is None else _way(self._asks, bound, finished)


class stream(Generic[P, T]):  # noqa: N801 - a decorator, as property is
    """A method that yields what the service tells, as it comes."""

    def __init__(self, yields: Callable[Concatenate[Any, P], AsyncIterator[T]]) -> None:
        self._yields = yields
        shown: Any = self
        update_wrapper(shown, yields)  # for `help`

    @overload
    def __get__(self, bound: None, owner: Any = None) -> stream[P, T]: ...
    @overload
    def __get__(self, bound: Bound[Sync], owner: Any = None) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, bound: Bound[Async], owner: Any = None) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, bound: Any, owner: Any = None) -> Any:
        return self if bound is None else _way(self._yields, bound, drained)


def _way(method: Any, bound: Bound[Any], wait: Callable[[Any], Any]) -> Any:
    """Returns a method of an object as it is made there: for asyncio as it is, else with what waits
    for it."""
    own = method.__get__(bound)
    if isinstance(bound._session.transport, Async):
        return own

    @wraps(own)
    def waiting(*args: Any, **kwargs: Any) -> Any:
        return wait(own(*args, **kwargs))

    return waiting


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Returns what a coroutine returns that waits for nothing but a `Sync` transport.

    No event loop is needed: whatever that transport does is done when its coroutine is entered.
    """
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise RuntimeError("Expected a call that waits in its own thread, got one that awaits.")


def drained(items: Any) -> Generator[Any, None, None]:
    """Yields what an asynchronous generator does that waits for nothing but a `Sync` transport."""
    try:
        while True:
            try:
                item = finished(anext(items))
            except StopAsyncIteration:
                return
            yield item
    finally:
        finished(items.aclose())
