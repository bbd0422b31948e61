"""What takes the room of the store, as it was counted last."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from worker.store.usage import Usage


def usage_metrics(usage: Usage) -> Iterator[Metric]:
    """Yields bytes and files by their kind. Nothing is counted for it."""
    found = usage.last
    sizes = GaugeMetricFamily(
        "purr_store_bytes", "Bytes of the files of each kind, at the last count.", labels=["part"]
    )
    files = GaugeMetricFamily(
        "purr_store_files", "Files of each kind, at the last count.", labels=["part"]
    )
    for kind in found.kinds:
        sizes.add_metric([kind.kind], kind.bytes)
        files.add_metric([kind.kind], kind.files)
    yield sizes
    yield files
    yield GaugeMetricFamily(
        "purr_store_counted_seconds",
        "When they were counted last, in seconds since 1970; 0: not yet.",
        found.counted_at.timestamp(),
    )
