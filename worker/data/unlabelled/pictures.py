"""Pictures without labels: files themselves, or archives of them, in whichever folders."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from worker.data.kinds import ARCHIVES
from worker.data.packed import PackedFile, sent_as
from worker.data.picture_folders import NO_PICTURES, suffix_of, unpacked
from worker.data.pictures.pool import DecoderPool
from worker.data.preprocessing import Preprocessing
from worker.data.sandbox import TOO_LONG
from worker.data.unlabelled.rows import Block, Rows
from worker.errors import CorruptFile, WorkerError
from worker.settings import Settings

Named = tuple[str, PackedFile]


@contextmanager
def opened(files: Mapping[Path, str], how: Preprocessing, settings: Settings) -> Iterator[Rows]:
    """Yields a row for each picture. Of archives that is whatever has no name of something else;
    what cannot be read has a fault.

    Args:
        files: each with its kind.
        how: a picture becomes numbers.

    Raises:
        CorruptFile, UnsafeFile, UnsupportedFile, LimitExceeded: an archive is refused.
    """
    found: list[Named] = []
    with ExitStack() as stack:
        for path, kind in files.items():
            sent = sent_as(path.name)
            if kind not in ARCHIVES:
                found.append((sent, single(path)))
                continue
            inside = stack.enter_context(unpacked(path, kind, settings))
            before = f"{sent}/" if len(files) > 1 else ""
            found += [
                (f"{before}{file.name}", file)
                for file in inside
                if suffix_of(file) not in NO_PICTURES
            ]
        yield Rows(len(found), how.shape, how.dtype, _blocks(found, how, settings))


def single(path: Path) -> PackedFile:
    """Returns a file that is a picture itself."""

    def read(most: int) -> bytes | CorruptFile:
        with path.open("rb") as file:
            return file.read(most + 1)

    return PackedFile((path.name,), path.name, os.stat(path).st_size, read)


def _blocks(pictures: Sequence[Named], how: Preprocessing, settings: Settings) -> Iterator[Block]:
    encoded = (file.read(settings.max_image_bytes) for _, file in pictures)
    nothing = np.zeros((1, *how.shape), how.dtype)
    with DecoderPool(settings) as pool:
        for (name, _), picture in zip(pictures, pool.in_order(encoded, how), strict=True):
            if pool.seconds > settings.import_timeout_s:
                raise TOO_LONG.kind(TOO_LONG.detail)
            if isinstance(picture, WorkerError):
                yield Block(nothing, [name], {0: picture})
            else:
                yield Block(picture.pixels[None], [name])
