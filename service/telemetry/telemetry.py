"""All that is told at /metrics, in one registry of this process."""

from collections.abc import Iterable
from functools import partial

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Info,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.openmetrics import exposition as openmetrics

from service import __version__
from service.state import AppState
from service.telemetry.live import LiveVersions
from service.telemetry.pictures import Pictures
from service.telemetry.requests import Requests, Route
from service.telemetry.this_process import ThisProcess
from service.telemetry.whole_service import WholeService
from worker.jobs.overview import look
from worker.jobs.redis_connection import connect

OPENMETRICS = "application/openmetrics-text"


class Telemetry:
    """What is counted while it happens, and what is asked for when somebody looks.

    Attributes:
        requests, pictures: are told what happens.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        # Otherwise each counter has a second series with the time at which it was made.
        disable_created_metrics()
        self._registry = CollectorRegistry()
        about = Info("purr_build", "The version that runs.", registry=self._registry)
        about.info({"version": __version__})
        ProcessCollector(registry=self._registry)
        self.requests = Requests(self._registry, routes)
        self.pictures = Pictures(self._registry)

    def watch(self, app_state: AppState) -> None:
        """Ask this state and its Redis from now on."""
        self._registry.register(ThisProcess(app_state))
        self._registry.register(LiveVersions(app_state.live_answers.live.totals))
        client = connect(app_state.settings.redis_url or "")
        self._registry.register(WholeService(partial(look, client)))

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Returns all numbers of this moment and their content type, OpenMetrics if accepted."""
        # Not the library's own choice, which fails on a version that is not a number.
        if OPENMETRICS in accept:
            return openmetrics.generate_latest(self._registry), openmetrics.CONTENT_TYPE_LATEST
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4
