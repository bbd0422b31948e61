"""What fills a disk: uploads without an end, and files that are far larger inside."""

import socket
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.siege.measures import Siege
from tests.siege.wire import NO_ANSWER, Broken, read_answer, request
from worker.data.hdf5.guard import hardened_h5py

MIB = 2**20
ENDLESS = request("POST", "/v1/datasets", kind="application/octet-stream").replace(
    b"Content-Length: 0", b"Transfer-Encoding: chunked"
)
# Of what is no file that is read, no more than the beginning would be taken.
HDF5 = b"\x89HDF\r\n\x1a\n"
PIECE = b"%x\r\n%b\r\n" % (MIB, HDF5.ljust(MIB, b"\0"))
MOST_PIECES = 4_096  # of an upload: far more than there is room for
PICTURE = (64, 64, 3)
CHUNK_ROWS, COLOURED_ROWS = 1_000, 2
REFUSED, FULL = {413, 429, 507, NO_ANSWER}, "insufficient_storage"


def endless_uploads(at: Siege, size: int) -> None:
    """So many at once that go on until they are refused."""
    with ThreadPoolExecutor(size) as pool:
        statuses = list(pool.map(lambda _: _pour(at.wire.connect()), range(size)))
    at.expect(set(statuses) <= REFUSED, f"endless uploads were answered by {statuses}")
    at.expect(507 in statuses, f"nobody was told that the disk is full, but {statuses}")
    ready = at.material.ready(at.material.upload(at.material.drawings[0].read_bytes()))
    at.expect(ready, "nothing could be imported afterwards")


def _pour(client: socket.socket) -> int:
    """The status that an upload without an end is answered with."""
    with client:
        with suppress(OSError):
            client.sendall(ENDLESS)
            client.settimeout(0.0)
            for _ in range(MOST_PIECES):
                if _has_answer(client):
                    break
                client.settimeout(60.0)
                client.sendall(PIECE)
                client.settimeout(0.0)
        client.settimeout(60.0)
        try:
            return read_answer(client, ENDLESS)[0]
        except (OSError, Broken):
            return NO_ANSWER


def _has_answer(client: socket.socket) -> bool:
    with suppress(BlockingIOError):
        return bool(client.recv(1, socket.MSG_PEEK))
    return False


def swollen_files(at: Siege, size: int) -> None:
    """So many HDF5 files that are hundreds of times as large inside, one behind the other."""
    path = swollen(at.material.folder / "swollen.h5", 140)
    at.figures["file_mib"] = round(path.stat().st_size / MIB, 1)
    datasets = [at.material.upload(path.read_bytes(), "swollen") for _ in range(size)]
    for dataset in datasets:
        found = at.material.imported(dataset)
        code = (found.get("problem") or {}).get("code", "")
        at.expect(found["state"] == "rejected" and code == FULL, f"it became {found}"[:300])


def swollen(path: Path, chunks: int) -> Path:
    """A file of so many times the same thousand pictures of 64 x 64, black but for a few."""
    rows, pixels = chunks * CHUNK_ROWS, np.zeros((CHUNK_ROWS, *PICTURE), np.uint8)
    # Else it would be refused for how small it was made.
    pixels[:COLOURED_ROWS] = np.random.default_rng(1).integers(0, 256, pixels[:COLOURED_ROWS].shape)
    packed = zlib.compress(pixels.tobytes(), 9)
    with hardened_h5py().File(path, "w") as file:
        pictures = file.create_dataset(
            "train_set_x",
            (rows, *PICTURE),
            np.uint8,
            chunks=(CHUNK_ROWS, *PICTURE),
            compression="gzip",
        )
        for number in range(chunks):
            pictures.id.write_direct_chunk((number * CHUNK_ROWS, 0, 0, 0), packed)
        file["train_set_y"] = np.arange(rows) % 2
        file["list_classes"] = np.array([b"other", b"cat"])
    return path
