"""What a model is asked, as bodies of requests."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from purrceptron.files import in_unicode

# A path, the bytes of a file, a picture of Pillow, an array, a row, or a list of these.
Asked: TypeAlias = Any
# What the HTTP library makes the body of a request of.
Body: TypeAlias = dict[str, Any]

PICTURES, BYTES = 64, 2**25  # of one request
ROWS, NUMBERS = 10_000, 2**20
AS_PNG = {"1", "L", "LA", "P", "RGB", "RGBA"}  # modes of Pillow; the others go out as TIFF


def bodies(asked: Asked) -> Iterator[Body]:
    """Yields what is asked, in as few requests as may be.

    Raises:
        TypeError: it is nothing that a model can be asked.
    """
    match asked:
        case _ if _is_picture(asked):
            yield {"content": _file_of(asked)}
        case _ if hasattr(asked, "to_dict") and hasattr(asked, "columns"):  # a table of pandas
            yield from _rows(asked.to_dict("records"))
        case _ if hasattr(asked, "__array__"):
            yield from _array(asked)
        case Mapping():
            yield from _rows([asked])
        case []:
            return
        case [*_] if all(map(_is_picture, asked)):
            yield from _pictures(asked)
        case [first, *_] if hasattr(first, "__array__"):
            yield from _array(asked)
        case [Mapping() | [*_], *_]:
            yield from _rows(asked)
        case [*_]:
            yield from _rows([asked])
        case _:
            raise TypeError(
                "Expected a path, bytes, a picture of Pillow, an array, a row, or a list of these, "
                f"got {type(asked).__name__}."
            )


def _is_picture(asked: Asked) -> bool:
    return isinstance(asked, str | os.PathLike | bytes | bytearray | memoryview) or _is_pillow(
        asked
    )


def _is_pillow(asked: Asked) -> bool:
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(asked, pillow.Image)


def _file_of(picture: Asked) -> bytes:
    """Returns the bytes of a file that shows the picture, pixel by pixel."""
    if isinstance(picture, str | os.PathLike):
        return Path(picture).read_bytes()
    if not _is_pillow(picture):
        return bytes(picture)
    file = io.BytesIO()
    # With what says how it was held, which is followed as in the file that it came from.
    picture.save(file, "PNG" if picture.mode in AS_PNG else "TIFF", exif=picture.getexif())
    return file.getvalue()


def _name_of(picture: Asked) -> str:
    if isinstance(picture, str | os.PathLike):
        return in_unicode(Path(picture).name)
    return "picture"


def _pictures(pictures: Sequence[Asked]) -> Iterator[Body]:
    parts: list[Any] = []
    size = 0
    for picture in pictures:
        file = _file_of(picture)
        if parts and (len(parts) == PICTURES or size + len(file) > BYTES):
            yield {"files": parts}
            parts, size = [], 0
        parts.append(("image", (_name_of(picture), file)))
        size += len(file)
    yield {"files": parts}


def _rows(rows: Sequence[Any]) -> Iterator[Body]:
    most = min(ROWS, max(1, NUMBERS // max(1, len(rows[0]) if rows else 1)))
    for begin in range(0, len(rows), most):
        yield {"json": {"rows": [_known(row) for row in rows[begin : begin + most]]}}


def _known(row: Any) -> Any:
    """A row of a table with None where pandas has NaN, which JSON has no word for."""
    if isinstance(row, Mapping):
        return {name: None if value != value else value for name, value in row.items()}
    return list(row)


def _array(asked: Any) -> Iterator[Body]:
    import numpy  # it is there: who has arrays has it

    array = numpy.asarray(asked)
    if not array.ndim:
        raise TypeError("Expected an array of rows or pictures, got one without dimensions.")
    if array.ndim in (1, 3):  # one row, one picture
        array = array[None]
    most = min(ROWS, max(1, BYTES // max(1, array[:1].nbytes)))
    for begin in range(0, len(array), most):
        file = io.BytesIO()
        numpy.save(file, array[begin : begin + most], allow_pickle=False)
        yield {"content": file.getvalue()}
