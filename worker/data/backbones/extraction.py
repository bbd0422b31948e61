"""Makes features of a dataset's pictures, in a sealed process: both what runs there and how it is
called."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from worker.data import kinds, picture_folders, progress, sandbox
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.running import features, loaded, open_session
from worker.data.backbones.sizing import preprocessing
from worker.data.contents import Block
from worker.data.dataset import SPLITS
from worker.data.importer import NPY_HEADER_BYTES, OPEN_FILES, told
from worker.data.progress import Tell, counting, untold
from worker.data.rows import RowWriter, read_blocks
from worker.data.unlabelled.rows import UPLOAD
from worker.errors import UnsupportedFile
from worker.jsontypes import Json
from worker.settings import Settings
from worker.system.confinement.limits import Limits
from worker.system.files import check_space

AHEAD = 4  # pictures for each thread that are decoded before it takes them
BLOCK_BYTES = 2**16  # of stored pictures that one thread takes at a time
DTYPE = "float32"  # of features


@dataclass(frozen=True)
class Pictures:
    """Where the pictures of a dataset are.

    Attributes:
        files: archives of which it was made, in the order in which they came; none where its arrays
            have to do.
        folder: of its arrays.
        rows: how many it has.
        mirrored: whether features are made of their mirrored copies.
    """

    files: Sequence[Path]
    folder: Path
    rows: int
    mirrored: bool = False

    def as_dict(self) -> Json:
        """Returns it as plain JSON."""
        files = [str(path.absolute()) for path in self.files]
        return {**vars(self), "files": files, "folder": str(self.folder.absolute())}

    @classmethod
    def from_dict(cls, values: Json) -> Self:
        files = [Path(name) for name in values["files"]]
        return cls(**{**values, "files": files, "folder": Path(values["folder"])})


def extract(
    pictures: Pictures,
    backbone: Backbone,
    network: Path,
    target: Path,
    settings: Settings,
    check: Callable[[], None] = lambda: None,
    tell: Tell = untold,
) -> None:
    """Write {train,test,validation}_{x,y}.npy into the target folder: features, (rows, features),
    and the class of each row. Nobody trusts the files, nor the network.

    Args:
        network: its file.
        target: a folder that exists.
        check: raises when the features are no longer wanted; called again and again.
        tell: called with how far the process says that it is.

    Raises:
        WorkerError: files or network cannot be used, or the process was ended by a limit or a
            crash.
    """
    order = {
        "pictures": pictures.as_dict(),
        "backbone": backbone.as_dict(),
        "network": str(network.absolute()),
        "target": str(target.absolute()),
        "settings": told(settings),
    }
    sandbox.call(
        __name__,
        order,
        limits(pictures.rows, backbone, settings),
        readable=[*pictures.files, pictures.folder, network],
        writable=[target],
        check=check,
        hear=progress.hearing(tell),
    )


def limits(rows: int, backbone: Backbone, settings: Settings) -> Limits:
    """Those of the process: what an import and the trial of a backbone have, and for each picture
    the time that its decoding may take."""
    row_bytes = backbone.features * np.dtype(DTYPE).itemsize
    return Limits(
        settings.import_timeout_s + rows * settings.max_image_seconds,
        settings.import_memory_bytes + settings.max_backbone_memory_bytes,
        rows * row_bytes + NPY_HEADER_BYTES,
        OPEN_FILES,
    )


@contextmanager
def opened(
    pictures: Pictures, backbone: Backbone, settings: Settings, tell: Tell
) -> Iterator[Iterator[Block]]:
    """Yields the pictures in blocks: decoded from their files at the backbone's size, or as the
    dataset has them."""
    if not pictures.files:
        yield stored_blocks(pictures.folder)
        return
    of_kind = {path: kinds.kind_of(path) for path in pictures.files}
    stored = (backbone.features,), DTYPE
    how = preprocessing(backbone.input)
    with picture_folders.at_size(of_kind, how, stored, settings, 1, tell) as contents:
        yield contents.blocks


def stored_blocks(folder: Path) -> Iterator[Block]:
    """Yields the pictures of a dataset, or of an upload, as its arrays have them."""
    for split in (*SPLITS, UPLOAD):
        if not (folder / f"{split}_x.npy").exists():
            continue
        labels, begin = np.load(folder / f"{split}_y.npy", allow_pickle=False), 0
        for x in read_blocks(folder / f"{split}_x.npy", BLOCK_BYTES):
            yield Block(split, x, labels[begin : begin + len(x)])
            begin += len(x)


def in_order(
    blocks: Iterator[Block], make: Callable[[NDArray[Any]], NDArray[np.float32]], threads: int
) -> Iterator[tuple[Block, NDArray[np.float32]]]:
    """Yields each block with what is made of its pictures, in their order. So many blocks are
    worked on at a time."""
    ahead: deque[tuple[Block, Future[NDArray[np.float32]]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for block in blocks:
            ahead.append((block, pool.submit(make, block.x)))
            if len(ahead) > AHEAD * threads:
                yield finished(ahead)
        while ahead:
            yield finished(ahead)


def finished(
    ahead: deque[tuple[Block, Future[NDArray[np.float32]]]],
) -> tuple[Block, NDArray[np.float32]]:
    block, made = ahead.popleft()
    return block, made.result()


def finite(made: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns features as they are, which those of our own pictures were.

    Raises:
        UnsupportedFile: some are no numbers.
    """
    if not np.isfinite(made).all():
        raise UnsupportedFile(
            "Expected features that are finite, but the backbone makes some of a picture of this "
            "dataset that are not; look whether its scale, mean and std are right, or take another."
        )
    return made


def mirrored(x: NDArray[Any]) -> NDArray[Any]:
    """Returns pictures, (n, height, width, channels), left for right."""
    return np.ascontiguousarray(x[:, :, ::-1])


def work(order: Json) -> Json:
    """Returns what the sealed process answers to an order of `extract`."""
    pictures, backbone = (
        Pictures.from_dict(order["pictures"]),
        Backbone.from_dict(order["backbone"]),
    )
    settings, target = Settings.model_validate(order["settings"]), Path(order["target"])
    session = open_session(Path(order["network"]), 1)
    tell = progress.reporting(sandbox.report)

    def make(x: NDArray[Any]) -> NDArray[np.float32]:
        return finite(features(session, backbone, mirrored(x) if pictures.mirrored else x))

    seen = counting(tell, "converting", pictures.rows)
    room = partial(check_space, target, reserve_bytes=settings.min_free_bytes)
    with opened(pictures, backbone, settings, untold) as blocks, ExitStack() as stack:
        writers: dict[str, tuple[RowWriter, RowWriter]] = {}
        for block, made in in_order(blocks, make, settings.threads):
            if block.split not in writers:
                writers[block.split] = begun(stack, target, block.split, backbone)
            room(made.nbytes)
            x, y = writers[block.split]
            x.append(made)
            y.append(block.y)
            seen(len(made))
    return {}


def begun(
    stack: ExitStack, target: Path, split: str, backbone: Backbone
) -> tuple[RowWriter, RowWriter]:
    """Returns what writes the features and the classes of a split."""
    x = RowWriter(target / f"{split}_x.npy", (backbone.features,), DTYPE)
    return stack.enter_context(x), stack.enter_context(
        RowWriter(target / f"{split}_y.npy", (), "int64")
    )


if __name__ == "__main__":
    loaded()
    sandbox.serve(work)
