"""Folders of pictures, as a person would have them."""

from pathlib import Path
from zipfile import ZipFile

import numpy as np
from PIL import Image

SIDE = 32


def pets_folder(folder: Path, rows: int = 24, side: int = SIDE) -> Path:
    """Writes pictures of noise, bright ones and dark ones, in folders of splits and classes; and a
    file that nobody meant to send.

    Args:
        rows: pictures of each class in `train`; a third as many are in `test`.
    """
    rng = np.random.default_rng(1)
    for split, count in (("train", rows), ("test", rows // 3)):
        for kind, least in (("cat", 0), ("dog", 120)):
            inside = folder / split / kind
            inside.mkdir(parents=True)
            for row in range(count):
                pixels = rng.integers(least, least + 120, (side, side, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(inside / f"{row:03}.png")
    (folder / ".DS_Store").write_bytes(b"\0")
    return folder


def zipped(folder: Path) -> Path:
    """Returns the pictures of a folder as a zip beside it."""
    archive = folder.with_suffix(".zip")
    with ZipFile(archive, "w") as packed:
        for path in sorted(folder.rglob("*.png")):
            packed.write(path, path.relative_to(folder))
    return archive


def copied(folder: Path, rows: int = 3) -> Path:
    """The same, but some test pictures of each class are training pictures too."""
    pets_folder(folder)
    for kind in ("cat", "dog"):
        for row in range(rows):
            picture = folder / "train" / kind / f"{row:03}.png"
            (folder / "test" / kind / f"{row:03}.png").write_bytes(picture.read_bytes())
    return folder
