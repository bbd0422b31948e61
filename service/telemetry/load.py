"""What this process has in hand at the moment at which it is asked."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.connections import Connections, Phase, Reason
from service.disk_room import free_bytes
from service.rooms import Rooms

GAUGES: tuple[tuple[str, str, Callable[[Rooms], float]], ...] = (
    ("purr_event_streams", "Event streams that are open.", lambda rooms: rooms.hub.streams),
    (
        "purr_transfers",
        "Uploads, and downloads of files, that are under way.",
        lambda rooms: rooms.transfers.under_way,
    ),
    (
        "purr_bodies_held_bytes",
        "Bodies for predictions that are in memory.",
        lambda rooms: rooms.bodies.bytes,
    ),
    (
        "purr_queued_pixels",
        "Pixels of pictures that wait for a decoder, as many times as they are gone over.",
        lambda rooms: rooms.decoders.queued,
    ),
    (
        "purr_store_reserve_bytes",
        "Free space of the data folder's disk below which nothing new is taken.",
        lambda rooms: rooms.store.min_free_bytes,
    ),
)


class Load(Collector):
    """Asks the rooms of this process."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def collect(self) -> Iterator[Metric]:
        for name, meaning, ask in GAUGES:
            yield GaugeMetricFamily(name, meaning, ask(self._rooms))
        yield CounterMetricFamily(
            "purr_decoder_starts",
            "Decoders that were started: one for each core, and another for each that has ended.",
            self._rooms.decoders.starts,
        )
        with suppress(OSError):  # a disk that is away has no free space to tell of
            yield GaugeMetricFamily(
                "purr_store_free_bytes",
                "Free space of the data folder's disk.",
                free_bytes(self._rooms.store.root),
            )
        yield from told(self._rooms.connections)


def told(connections: Connections) -> Iterator[Metric]:
    """Who is connected, and who had to go."""
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
