"""What is told of the pictures that predictions are asked for."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from worker.errors import CorruptFile, LimitExceeded, TooBusy, TooCostly, UnsupportedFile

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
DECODED = "decoded"
REFUSALS = (CorruptFile, LimitExceeded, TooBusy, TooCostly, UnsupportedFile)


class Pictures:
    """Counts the pictures of this process; any thread may."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._took = Histogram(
            "purr_picture_decode_seconds",
            "Processor seconds that a picture took a decoder, whatever came of it.",
            registry=registry,
            buckets=SECONDS,
        )
        self._ended = Counter(
            "purr_pictures",
            "Pictures that were sent to models: `decoded`, or the code of the refusal.",
            ("outcome",),
            registry=registry,
        )
        for outcome in (DECODED, *(kind.code for kind in REFUSALS)):
            self._ended.labels(outcome)

    def observe(self, seconds: float | None, code: str) -> None:
        """Count a picture.

        Args:
            seconds: of processor time that it took; None if decoding was never begun.
            code: of the refusal; "" if it was decoded.
        """
        self._ended.labels(code or DECODED).inc()
        if seconds is not None:
            self._took.observe(seconds)
