"""What has gone with time, as Redis counts it."""

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, Metric

from worker.jobs.expiry import EXPIRED, EXPIRED_BYTES
from worker.settings import KEPT


def expired_metrics(counts: Mapping[str, int]) -> Iterator[Metric]:
    """Yields how much of each kind went, and its bytes."""
    for name, field, meaning in (
        ("purr_expired", EXPIRED, "Times that something too old of a kind was removed."),
        ("purr_expired_bytes", EXPIRED_BYTES, "Bytes of what was removed as too old."),
    ):
        family = CounterMetricFamily(name, meaning, labels=["part"])
        for kind in KEPT:
            family.add_metric([kind], counts.get(f"{field}:{kind}", 0))
        yield family
