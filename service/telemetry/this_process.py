"""What this process is busy with at the moment."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.server.connections import Connections, Phase, Reason
from service.state import AppState
from service.telemetry.store_usage import usage_metrics

GAUGES: tuple[tuple[str, str, Callable[[AppState], float]], ...] = (
    (
        "purr_event_streams",
        "Event streams that are open.",
        lambda app_state: app_state.broadcaster.streams,
    ),
    (
        "purr_transfers",
        "Uploads, downloads of files, and streams of lines, that are under way.",
        lambda app_state: app_state.transfers.under_way,
    ),
    (
        "purr_bodies_held_bytes",
        "Bodies for predictions that are in memory.",
        lambda app_state: app_state.bodies.bytes,
    ),
    (
        "purr_predictions_in_progress",
        "Requests for predictions that have come whole and are not answered yet.",
        lambda app_state: app_state.answering.under_way,
    ),
    (
        "purr_queued_pixels",
        "Pixels of pictures that wait for a decoder, as many times as they are gone over.",
        lambda app_state: app_state.decoders.queued,
    ),
    (
        "purr_queued_pictures",
        "Pictures that wait for the features of a backbone.",
        lambda app_state: app_state.loaded_backbones.queued,
    ),
    (
        "purr_loaded_backbones",
        "Backbones that are loaded, each by a process for each core.",
        lambda app_state: len(app_state.loaded_backbones),
    ),
    (
        "purr_store_reserve_bytes",
        "Free space of the data folder's disk below which nothing new is taken.",
        lambda app_state: app_state.store.space.reserve_bytes,
    ),
    (
        "purr_store_max_bytes",
        "What all that is kept may take before no upload is taken; 0: any number.",
        lambda app_state: app_state.store.quota.max_bytes,
    ),
)


class ThisProcess(Collector):
    """Reads the numbers of this process when /metrics is asked for."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state

    def collect(self) -> Iterator[Metric]:
        for name, meaning, ask in GAUGES:
            yield GaugeMetricFamily(name, meaning, ask(self._app_state))
        yield CounterMetricFamily(
            "purr_decoder_starts",
            "Decoders that were started: one for each core, and another for each that has ended.",
            self._app_state.decoders.starts,
        )
        with suppress(OSError):  # a disk that is away has no free space to tell of
            yield GaugeMetricFamily(
                "purr_store_free_bytes",
                "Free space of the data folder's disk.",
                self._app_state.store.space.free_bytes(),
            )
        yield from usage_metrics(self._app_state.store.usage)
        yield from connection_metrics(self._app_state.connections)


def connection_metrics(connections: Connections) -> Iterator[Metric]:
    """Yields how many connections are open, and how many were closed."""
    phases = GaugeMetricFamily(
        "purr_connections",
        "Connections by what they wait for, at the last of the looks that are taken each second.",
        labels=["phase"],
    )
    for phase in Phase:
        phases.add_metric([phase.name.lower()], connections.phases[phase])
    ended = CounterMetricFamily(
        "purr_connections_ended",
        "Connections that had to go, by the reason.",
        labels=["reason"],
    )
    for reason in Reason:
        ended.add_metric([reason.name.lower()], connections.ended[reason])
    yield phases
    yield ended
    yield CounterMetricFamily(
        "purr_malformed_requests",
        "Connections that sent what is no HTTP; such are no requests.",
        connections.malformed,
    )
