"""uvicorn's server, with an eye on its connections."""

import logging
import socket
from functools import partial

import uvicorn

from service.middleware.answering_limit import Answering
from service.server.connections import Connections
from service.server.listener import BACKLOG, waiting
from service.streaming.broadcaster import Broadcaster

TICKS_PER_LOOK = 10  # of uvicorn's clock, which ticks ten times a second

log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Looks at its connections once a second, and ends the event streams when it is told to stop.

    Event streams do not end by themselves, and uvicorn waits for them.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        broadcaster: Broadcaster,
        connections: Connections,
        answering: Answering,
    ) -> None:
        super().__init__(config)
        self._broadcaster, self._connections = broadcaster, connections
        self._answering = answering

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            # asyncio has set the backlog to the number of connections that it takes at a time.
            listener.listen(BACKLOG)
            self._answering.waiting = partial(waiting, listener)

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_LOOK == 0:
            try:
                self._connections.look()
            except Exception:  # which would end the server
                log.exception("a look at the connections failed; the next one may not")
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._broadcaster.end()
        await super().shutdown(sockets)
