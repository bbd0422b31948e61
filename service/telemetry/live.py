"""What models have answered, and how often they were right."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.store.answered_counts import Counts

GAUGES = (
    ("purr_live_predictions", "Predictions that are kept.", "predictions"),
    ("purr_live_unsure", "Those of them that are unsure.", "unsure"),
    ("purr_live_far", "Those of them to what lies far from the training rows.", "far"),
    ("purr_live_judged", "Those of them of which it is known what was true.", "judged"),
    ("purr_live_right", "Those of the judged ones that were right.", "right"),
)


class LiveVersions(Collector):
    """Counts what is kept when /metrics is asked for; says nothing where nothing is kept."""

    def __init__(self, totals: Callable[[], Mapping[tuple[str, int], Counts]]) -> None:
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        if not (found := self._totals()):
            return
        for name, meaning, field in GAUGES:
            family = GaugeMetricFamily(name, meaning, labels=["model", "version"])
            for (model, version), counts in found.items():
                family.add_metric([model, str(version)], getattr(counts, field))
            yield family
