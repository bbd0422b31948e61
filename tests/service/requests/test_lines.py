"""Lines that are asked and answered while the body is still being sent."""

import base64
import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from service.state import AppState
from tests.problems import expect_problem
from tests.service.requests.asked import (
    LINES,
    NUMBERS,
    PIXELS,
    PNG,
    ROW,
    TABLE_ROWS,
    answers_well,
    lines,
    probability,
    told,
)
from tests.service.wait import wait_until
from tests.worker.data.making import encoded_image

TEXT = base64.b64encode(PNG).decode()
NUMBER_ROW = [1.0, -2.0, 3.0]


def test_rows_and_pictures_are_answered_in_their_order(asked: httpx.Client) -> None:
    body = lines(ROW, TEXT, [1], f"data:image/png;base64,{TEXT}", "x", ROW)
    found = told(asked.post(PIXELS, content=body, headers=LINES))
    assert [line["line"] for line in found] == [1, 2, 3, 4, 5, 6]
    codes = [line.get("problem", {}).get("code") for line in found]
    assert codes == [None, None, "invalid_parameter", None, "invalid_parameter", None]
    cats = {line["probabilities"]["cat"] for line in found if "label" in line}
    assert [*cats] == [pytest.approx(probability(ROW))]


def test_rows_of_a_table_are_lines_by_name_or_by_place(asked: httpx.Client) -> None:
    body = lines({"age": 3, "colour": "red"}, [3, "red"], {"colour": "red", "age": 3}, TEXT)
    *rows, picture = told(asked.post(TABLE_ROWS, content=body, headers=LINES))
    assert len({line["probability"] for line in rows}) == 1
    assert picture["problem"]["status"] == 415


def test_what_is_odd_about_a_line_stands_in_it(asked: httpx.Client) -> None:
    photo = encoded_image(Image.effect_noise((300, 200), 50), "JPEG")
    cut = base64.b64encode(photo[:-100]).decode()
    body = lines(ROW, [value / 255 for value in ROW], cut, TEXT)
    found = told(asked.post(PIXELS, content=body, headers=LINES))
    warned = [[warning["code"] for warning in line["warnings"]] for line in found]
    assert warned == [[], ["values_up_to_1"], ["picture_cut_short"], []]


def test_blank_lines_ends_of_windows_and_no_end_at_all_are_taken(asked: httpx.Client) -> None:
    body = b"\xef\xbb\xbf[1,2,3]\r\n\r\n  \n [ 1, 2,3 ] \n[1,2,3]"
    assert [each["line"] for each in told(asked.post(NUMBERS, content=body, headers=LINES))] == [
        1, 4, 5,
    ]  # fmt: skip
    assert told(asked.post(NUMBERS, content=b"\n\n", headers=LINES)) == []


def test_a_line_that_is_too_long_is_passed_over(asked: httpx.Client) -> None:
    body = lines(ROW, "x" * 1_500_000, ROW, "x" * 10_000_000, ROW) + b" " * 2_000_000
    found = told(asked.post(PIXELS, content=body, headers=LINES))
    codes = [line.get("problem", {}).get("code") for line in found]
    assert codes == [None, "limit_exceeded", None, "limit_exceeded", None, "limit_exceeded"]


def test_there_may_be_more_than_fits_into_a_body(asked: httpx.Client) -> None:
    """Ten times the bytes, and three times the rows, of one question."""
    row = json.dumps(NUMBER_ROW).encode()

    def body() -> Iterator[bytes]:
        for _ in range(30):
            yield (row + b" " * 7_000 + b"\n") * 100

    with asked.stream("POST", NUMBERS, content=body(), headers=LINES) as answer:
        found = [json.loads(line) for line in answer.iter_lines()]
    assert [line["line"] for line in found] == [*range(1, 3_001)]
    assert {line["label"] for line in found} == {"cat"}


def test_packed_lines_are_unpacked_and_told_when_damaged(asked: httpx.Client) -> None:
    packed = gzip.compress((json.dumps(NUMBER_ROW).encode() + b" " * 600 + b"\n") * 5_000)
    headers = {**LINES, "content-encoding": "gzip"}
    assert len(told(asked.post(NUMBERS, content=packed, headers=headers))) == 5_000
    *good, last = told(asked.post(NUMBERS, content=packed[:-9], headers=headers))
    assert good
    assert last["line"] == good[-1]["line"] + 1
    assert last["problem"]["code"] == "malformed_request"
    refused = asked.post(NUMBERS, content=b"not packed", headers=headers)
    expect_problem(refused, 400, "malformed_request")


# While the body is still being sent


class Talk:
    """A connection on which lines are sent and answers read one by one."""

    def __init__(self, address: str, path: str) -> None:
        host = urlsplit(address)
        self.socket = socket.create_connection((str(host.hostname), host.port or 0), timeout=20)
        self.socket.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {host.netloc}\r\nContent-Type: "
            "application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        self.file = self.socket.makefile("rb")

    def say(self, data: bytes) -> None:
        self.socket.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    def head(self) -> bytes:
        found = b""
        while not found.endswith(b"\r\n\r\n"):
            found += self.file.readline()
        return found

    def hear(self) -> Any:
        size = int(self.file.readline(), 16)
        return json.loads(self.file.read(size + 2)) if size else None


@contextmanager
def talking(address: str, path: str = NUMBERS) -> Iterator[Talk]:
    talk = Talk(address, path)
    with talk.socket, talk.file:
        yield talk


def test_each_line_is_answered_before_the_next_is_sent(served: tuple[str, AppState]) -> None:
    with talking(served[0]) as talk:
        talk.say(lines(NUMBER_ROW))
        assert b"200 OK" in talk.head()
        assert talk.hear()["line"] == 1
        for number in range(2, 9):
            talk.say(lines(NUMBER_ROW)[:5])
            talk.say(lines(NUMBER_ROW)[5:])
            assert talk.hear()["line"] == number
        talk.say(b"")  # the end
        assert talk.hear() is None
        wait_until(lambda: served[1].bodies.bytes == 0)


def test_who_leaves_leaves_nothing_behind(served: tuple[str, AppState]) -> None:
    with talking(served[0]) as talk:
        talk.say(lines(NUMBER_ROW) + b"[1,")
        talk.head()
        assert talk.hear()["line"] == 1
        assert served[1].transfers.under_way == 1
        wait_until(lambda: served[1].bodies.bytes == 3)
    wait_until(lambda: served[1].transfers.under_way == 0)
    assert served[1].bodies.bytes == 0


def test_there_are_only_so_many_at_a_time(
    served: tuple[str, AppState], asked: httpx.Client
) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            talk = stack.enter_context(talking(served[0]))
            talk.say(lines(NUMBER_ROW))
            talk.head()
        answer = asked.post(NUMBERS, content=lines(NUMBER_ROW), headers=LINES)
        expect_problem(answer, 429, "too_busy")
        assert answers_well(asked)
    wait_until(lambda: served[1].transfers.under_way == 0)


def test_who_is_silent_or_takes_nothing_is_let_go(
    served: tuple[str, AppState], asked: httpx.Client
) -> None:
    with talking(served[0]) as silent, talking(served[0]) as deaf:
        silent.say(lines(NUMBER_ROW))
        deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.socket.settimeout(0.5)
        many = lines(*[NUMBER_ROW] * 2_000)
        with pytest.raises(OSError, match=r"timed out|reset|[Bb]roken"):
            while True:
                deaf.say(many)
        assert served[1].bodies.bytes < 2_000_000
        assert answers_well(asked)
        wait_until(lambda: served[1].transfers.under_way == 0)
    assert served[1].bodies.bytes == 0


def test_a_model_that_is_not_there_is_told_before_the_first_line(asked: httpx.Client) -> None:
    answer = asked.post("/v1/models/nobody/predict", content=lines(ROW), headers=LINES)
    expect_problem(answer, 404, "model_not_found")
