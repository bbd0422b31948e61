"""What /metrics tells, read as Prometheus reads it."""

from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

Series = tuple[str, frozenset[tuple[str, str]]]


def series(text: str) -> dict[Series, float]:
    """Every number by its name and its labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Scrape:
    """One answer."""

    def __init__(self, http: httpx.Client, **headers: str) -> None:
        answer = http.get("/metrics", headers=headers)
        assert answer.status_code == 200, answer.text
        self.series = series(answer.text)

    def value(self, name: str, **labels: str) -> float:
        """The number of this name and with these labels, which must be there."""
        return self.series[name, frozenset(labels.items())]

    def total(self, name: str, **labels: str) -> float:
        """The sum of all numbers of this name that have these labels."""
        wanted = labels.items()
        return sum(
            n for (found, have), n in self.series.items() if found == name and wanted <= have
        )

    def names(self) -> set[str]:
        return {name for name, _ in self.series}


def requests(scrape: Scrape, route: str, method: str, status: str) -> float:
    return scrape.value("purr_requests_total", route=route, method=method, status=status)


def whole_service(scrape: Scrape) -> dict[Any, float]:
    """What does not depend on which process is asked, less what changes while one asks."""
    whole = ("purr_records", "purr_waiting", "purr_workers", "purr_attempts", "purr_ends")
    return {place: n for place, n in scrape.series.items() if place[0].startswith(whole)}
