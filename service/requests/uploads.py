"""A body on its way to disk: parts of a form, or one raw file, never whole in memory."""

from typing import Any

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from service.requests.blocks import Blocks
from worker.data.magic import HEAD_BYTES
from worker.errors import InvalidParameter
from worker.operations.upload import Upload


async def receive(request: Request, upload: Upload) -> None:
    """Write the request's files into the upload.

    Raises:
        InvalidParameter: the body is a form, and no whole form of parts named `file`.
        TooLarge: it has more files or bytes than it may.
        UnsupportedFile: the first bytes of a file begin no kind of file that is read.
        StoreFull: the disk is full.
    """
    sink = sink_of(request.headers.get("content-type"), upload)
    # The first bytes at once, since by them a file may be refused.
    blocks = Blocks(sink.write, wants_all=lambda: upload.bytes < HEAD_BYTES)
    async for chunk in request.stream():
        await blocks.add(chunk)
    await blocks.flush()
    sink.close()


def sink_of(content_type: str | None, upload: Upload) -> "Form | Raw":
    """Returns what takes a body of this type.

    Raises:
        InvalidParameter: it is a form without a boundary.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        return Raw(upload)
    if b"boundary" not in options:
        raise InvalidParameter("Expected a form with a boundary, got one without.", "")
    return Form(upload, options[b"boundary"])


class Raw:
    """A body that is one file."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        upload.begin("body")

    def write(self, block: bytes) -> None:
        self._upload.write(block)

    def close(self) -> None:
        pass


class Form:
    """A body of parts named `file`, each a file."""

    def __init__(self, upload: Upload, boundary: bytes) -> None:
        self._upload = upload
        self._name, self._value = b"", b""
        self._disposition = b""
        self._ended = False
        callbacks: Any = {
            "on_part_begin": self._begin,
            "on_header_field": self._header_name,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise InvalidParameter(f"Expected a form's boundary, got none: {error}.") from error

    def write(self, block: bytes) -> None:
        try:
            self._parser.write(block)
        except FormParserError as error:
            raise InvalidParameter(
                f"Expected a multipart form, got something else: {error}."
            ) from error

    def close(self) -> None:
        if not self._ended:
            raise InvalidParameter("Expected a whole form, got one that ends early. Send it again.")

    def _begin(self) -> None:
        self._disposition = b""

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        if (name := options.get(b"name", b"").decode(errors="replace")) != "file":
            raise InvalidParameter(f"Expected parts named 'file', got {name!r:.50}.", "/file")
        self._upload.begin(options.get(b"filename", b"").decode(errors="replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._upload.write(data[start:end])

    def _end(self) -> None:
        self._ended = True
