"""Many kept connections that ask the same again and again: `python -m benchmarks.load` with the
port, the path, a file with the body, connections, seconds and the core to stay on. Prints
milliseconds of every answer as JSON, and how many seconds all took.

A client of its own, since what it costs is taken from what it measures: a library's takes as long
as some of the answers.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

WARM_S = 1.0  # before anything is counted
KINDS = {".jpg": "image/jpeg", ".json": "application/json"}  # of a body, by its file's name


async def answer(reader: asyncio.StreamReader) -> tuple[int, dict[bytes, bytes]]:
    """The status and the headers of the next answer, of which all is read."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    await reader.readexactly(int(fields[b"content-length"]))
    return status, fields


def request_of(port: int, path: str, body: Path) -> bytes:
    """The bytes of a request with this file as its body."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {KINDS[body.suffix]}"
    return f"{head}\r\nContent-Length: {body.stat().st_size}\r\n\r\n".encode() + body.read_bytes()


async def connection(
    port: int, request: bytes, counted_from: float, until: float, found: list[tuple[int, float]]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < until:
        writer.write(request)
        status, _ = await answer(reader)
        if began >= counted_from:
            found.append((status, 1e3 * (time.perf_counter() - began)))
    writer.close()


async def asked(
    port: int, request: bytes, connections: int, seconds: float
) -> list[tuple[int, float]]:
    found: list[tuple[int, float]] = []
    begin = time.perf_counter() + WARM_S
    times = begin, begin + seconds
    await asyncio.gather(*(connection(port, request, *times, found) for _ in range(connections)))
    return found


if __name__ == "__main__":
    port, path, body, connections, seconds, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    request = request_of(int(port), path, Path(body))
    answers = asyncio.run(asked(int(port), request, int(connections), float(seconds)))
    good = [took for status, took in answers if status == 200]
    refused = len(answers) - len(good)
    json.dump({"milliseconds": good, "refused": refused, "seconds": float(seconds)}, sys.stdout)
