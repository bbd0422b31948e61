"""The formats of pictures that are read here: one row each."""

import struct
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import NamedTuple

# Pillow's decoders. Image.open knows those that are imported, and would import all 40 to find WebP.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from worker.data.pictures import header, heic
from worker.data.pictures.header import Header


class Format(NamedTuple):
    """A format of pictures.

    Attributes:
        title: its name in messages.
        marks: bytes by which it is known, each at its place in the file; of several at a place, it
            has one.
        suffixes: of file names, in lower case.
        decoder: Pillow's class for it.
        header: returns size and passes of a file that has these marks.
        sample: a picture of it, where Pillow does not make one; of 64 x 64 pixels at most.
        animated: whether a picture with further frames is refused as an animation. Those of a
            JPEG are previews, of a TIFF pages, and of a GIF what people mean is the first.
    """

    title: str
    marks: dict[int, bytes | tuple[bytes, ...]]
    suffixes: tuple[str, ...]
    decoder: type[ImageFile.ImageFile]
    header: Callable[[bytes], Header | None]
    animated: bool
    sample: bytes | None = None

    def begins(self, head: bytes) -> bool:
        """Whether these are the first bytes of such a file."""
        return all(head.startswith(mark, place) for place, mark in self.marks.items())


# By the names that Pillow has for them.
FORMATS = {
    "JPEG": Format(
        "JPEG",
        {0: b"\xff\xd8\xff"},
        (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        JpegImagePlugin.JpegImageFile,
        header.of_jpeg,
        animated=False,
    ),
    "PNG": Format(
        "PNG",
        {0: b"\x89PNG\r\n\x1a\n"},
        (".png",),
        PngImagePlugin.PngImageFile,
        header.of_png,
        animated=True,
    ),
    "WEBP": Format(
        "WebP",
        {0: b"RIFF", 8: b"WEBP"},
        (".webp",),
        WebPImagePlugin.WebPImageFile,
        header.of_webp,
        animated=True,
    ),
    "GIF": Format(
        "GIF",
        {0: (b"GIF87a", b"GIF89a")},
        (".gif",),
        GifImagePlugin.GifImageFile,
        header.of_gif,
        animated=False,
    ),
    "BMP": Format(
        "BMP",
        # The four bytes after the size of the file are 0.
        {0: b"BM", 6: bytes(4)},
        (".bmp", ".dib"),
        BmpImagePlugin.BmpImageFile,
        header.of_bmp,
        animated=False,
    ),
    "TIFF": Format(
        "TIFF",
        {0: (b"II*\0", b"MM\0*")},
        (".tif", ".tiff"),
        TiffImagePlugin.TiffImageFile,
        header.of_tiff,
        animated=False,
    ),
    "AVIF": Format(
        "AVIF",
        {4: b"ftypavif"},
        (".avif",),
        AvifImagePlugin.AvifImageFile,
        header.of_avif,
        animated=True,
    ),
}
if heic.DECODER is not None:
    FORMATS["HEIF"] = Format(
        "HEIC",
        {4: heic.BRANDS},
        (".heic", ".heif"),
        heic.DECODER,
        header.of_avif,
        animated=False,
        sample=heic.SAMPLE,
    )
*_FIRST, _LAST = (known.title for known in FORMATS.values())
TITLES = f"{', '.join(_FIRST)} or {_LAST}"
SUFFIXES = {suffix for known in FORMATS.values() for suffix in known.suffixes}


def format_of(head: bytes) -> str | None:
    """Returns the key in FORMATS of a file that begins with these bytes; None for other files."""
    return next((name for name, known in FORMATS.items() if known.begins(head)), None)


def is_misnamed(name: str, kind: str) -> bool:
    """Whether the end of a file's name is that of another format than `kind`, a key in FORMATS."""
    suffix = PurePosixPath(name.lower()).suffix
    return suffix in SUFFIXES and suffix not in FORMATS[kind].suffixes


def read_header(encoded: bytes) -> Header | None:
    """Returns what the header of a picture says; None where none can be read."""
    if (name := format_of(encoded)) is None:
        return None
    try:
        return FORMATS[name].header(encoded)
    except (struct.error, IndexError):  # cut short
        return None
