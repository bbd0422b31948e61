"""A clock for tests, in the place of the module `time`."""


class Clock:
    """Stands still unless it is set."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now
