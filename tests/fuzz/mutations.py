"""Sound files with a few changes, read by those who must refuse them."""

import random
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.fuzz.readers import Reader

# What lengths, counts and offsets are like where they are meant to do harm.
EXTREMES = [b"\x00", b"\xff", b"\x7f", b"\x00" * 4, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\xff" * 8]
MOST_CHANGES = 6


@dataclass
class Tally:
    """What became of the changed files.

    Attributes:
        faults: for each exception that was none of a reader's refusals, its last lines.
    """

    read: int = 0
    refused: int = 0
    faults: list[str] = field(default_factory=list)


def changed(sound: bytes, chance: random.Random) -> bytes:
    """The same bytes, with one to MOST_CHANGES changes."""
    data = bytearray(sound)
    for _ in range(chance.randint(1, MOST_CHANGES)):
        at = chance.randrange(len(data)) if data else 0
        chance.choice(CHANGES)(data, at, chance)
    return bytes(data)


def _flip(data: bytearray, at: int, chance: random.Random) -> None:
    if data:
        data[at] ^= 1 << chance.randrange(8)


def _put(data: bytearray, at: int, chance: random.Random) -> None:
    extreme = chance.choice(EXTREMES)
    data[at : at + len(extreme)] = extreme


def _cut(data: bytearray, at: int, chance: random.Random) -> None:
    del data[at : at + chance.randint(1, 64)]


def _double(data: bytearray, at: int, chance: random.Random) -> None:
    data[at:at] = data[at : at + chance.randint(1, 64)]


def _end(data: bytearray, at: int, chance: random.Random) -> None:
    del data[max(1, at) :]


CHANGES = (_flip, _flip, _flip, _put, _put, _cut, _double, _end)


def mutants(sound: Sequence[bytes], seed: int) -> Iterator[bytes]:
    """Changed files without an end; the same ones for the same seed."""
    chance = random.Random(seed)
    while True:
        yield changed(chance.choice(sound), chance)


def tally(reader: Reader, files: Iterator[bytes], count: int, seconds: float) -> Tally:
    """Read so many files, or for so long."""
    found, began = Tally(), time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about what is odd and still a picture
        while found.read < count and time.monotonic() - began < seconds:
            found.read += 1
            data = next(files)
            try:
                found.refused += reader.refuses(data)
            except Exception:
                found.faults.append(f"{data.hex()[:400]}\n{traceback.format_exc(limit=-3)}")
    return found
