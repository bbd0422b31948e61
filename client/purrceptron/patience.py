"""For how long what fails is tried again, and how often."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from purrceptron.errors import Busy, Refused, ServiceFault, Unreachable

if TYPE_CHECKING:
    from purrceptron.session import Session

ACCEPTED_OR_NOT = "acceptance_unknown"  # the one code of Busy where something may have been begun
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5
OF_PROXIES = {"http_502", "http_504"}  # of which nobody knows whether the service was asked


class Patience:
    """Pauses between tries, until it is over.

    It is `patience_s` of the session long, from the first failure on, or shorter if `at_most_s` is.
    With an address at which nothing ever answered, which is probably a wrong one, there is none.

    State: when it is over, and the next pause.
    """

    def __init__(self, session: Session[Any], at_most_s: float | None = None) -> None:
        bounds = (session.patience_s, at_most_s)
        self._session = session
        self._patience_s = min(bound for bound in bounds if bound is not None)
        self._until: float | None = None
        self._pause_s: float = FIRST_PAUSE_S

    async def pause(self, error: Refused | Unreachable) -> None:
        """Waits until it is time for another try.

        Raises:
            Refused, Unreachable: the error, where patience is over.
        """
        if not self._session.heard:
            raise error
        # Of many clients that failed at once, not all come back at once.
        pause_s = self._pause_s * random.uniform(0.5, 1)  # noqa: S311 - no secret
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
        if isinstance(error, Refused) and error.retry_after_s is not None:
            pause_s = max(pause_s, error.retry_after_s)
        now = time.monotonic()
        self._until = self._until or now + self._patience_s
        if now + pause_s > self._until:
            raise error
        await self._session.transport.sleep(pause_s)


def worth_another_try(error: Refused | Unreachable, twice: bool) -> bool:
    """Returns whether another try may end otherwise, and is safe. `twice`: to do it twice is to do
    it once."""
    match error:
        case Unreachable():
            return twice or not error.begun
        case Busy():
            return twice or error.code != ACCEPTED_OR_NOT
        case ServiceFault():
            return twice and error.code in OF_PROXIES
    return False
