"""Files of other kinds: each is refused by its first bytes."""

from collections.abc import Iterator

from tests.corpus.case import UNSUPPORTED, Case

BEGINNINGS: dict[str, tuple[bytes, str]] = {
    "a page": (b"<!DOCTYPE html><html><body>sign in", "web page"),
    "a page with a mark": (b"\xef\xbb\xbf\n <html>", "web page"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "XML": (b"<?xml version='1.0'?><Error/>", "XML"),
    "MATLAB 5": (b"MATLAB 5.0 MAT-file" + bytes(200), "scipy.io.loadmat"),
    "MATLAB 7.3": (b"MATLAB 7.3 MAT-file" + bytes(600), "h5py"),
    "IDX": (b"\0\0\x08\x03\0\0\xea\x60" + bytes(99), "np.savez"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(99), "PNG"),
    "a photo": (b"\xff\xd8\xff\xe0" + bytes(99), "JPEG"),
    "PDF": (b"%PDF-1.7 " + bytes(99), "PDF"),
    "bzip2": (b"BZh9" + bytes(99), "unpack it"),
    "xz": (b"\xfd7zXZ\0" + bytes(99), "unpack it"),
    "LZ4": (b"\x04\x22\x4d\x18" + bytes(99), "unpack it"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "unpack it"),
    "RAR": (b"Rar!\x1a\x07" + bytes(99), "unpack it"),
    "SQLite": (b"SQLite format 3\0" + bytes(99), "SQLite"),
    "a model": (b"\x08\0\0\0\0\0\0\0{\"a\":{}}", "model"),
    "a pickle": (b"\x80\x04\x95" + bytes(99), "never opened"),
    "zeros": (bytes(2_000), "no format"),
    "words": (b"hello this is no data\n" * 9, "text"),
    "a list of rows": (b'[{"a": 1}, {"a": 2}]', "JSON Lines, an object in each"),
    "a zip of nothing": (b"PK\x05\x06" + bytes(18), "zip"),
}  # fmt: skip


def cases() -> Iterator[Case]:
    for name, (content, words) in BEGINNINGS.items():
        for suffix in ("zip", "h5", "bin"):
            yield Case(f"{name} called .{suffix}", {f"a.{suffix}": content}, UNSUPPORTED, words)
    yield Case("nothing", {"a.zip": b""}, "invalid_parameter", "not empty")
