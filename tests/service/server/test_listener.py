"""The socket that the service listens on."""

import socket

from service.server.listener import listen


def test_no_half_of_an_answer_waits_for_the_other() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
