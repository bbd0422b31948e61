import pytest

from worker.data.magic import HEAD_BYTES, KINDS, looks_like


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "an empty file"),
        (b"\x89HDF\r\n\x1a\n\0\0", "HDF5"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WEBP"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "no format known here"),
        (b"\x80\x04\x95", "a Python pickle"),
        (b"a;b\n1;2\n", "CSV"),
        (b"a,b\tc\nd,e,f\tg\n", "CSV"),
        (b"Dear cat, look.\nDear dog, bark. Well done.\n", "plain text"),
        (b"one line, no table", "plain text"),
        (b"\n\n <!DOCTYPE html>\n<html>", "a web page (HTML)"),
        (b"<!-- saved -->\n<HTML lang='en'>", "a web page (HTML)"),
        (b"<htmlx>", "plain text"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n", "MATLAB 7.3"),
        (bytes(512) + b"\x89HDF\r\n\x1a\n", "HDF5 behind a user block of 512 bytes"),
        (b"MATLAB 5.0 MAT-file, Platform: PCWIN64", "MATLAB 5"),
        (b"\x93NUMPY\x01\0", "NPY"),
        (b"\0\0\x08\x03\0\0\xea\x60", "IDX, as MNIST comes"),
        (bytes(257) + b"ustar\x0000", "tar"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"SQLite format 3\0", "SQLite"),
        (b'\x40\0\0\0\0\0\0\0{"__metadata__', "safetensors"),
        ("müde\n".encode(), "plain text"),
        (b"\xff\xfe\xfd\xfc\xfb", "no format known here"),
        (b"text\0with a NUL", "no format known here"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert looks_like(head) == kind


def test_a_text_whose_last_character_is_cut_is_still_text() -> None:
    assert looks_like(b"x" * (HEAD_BYTES - 1) + "é".encode()) == "plain text"


def test_words_name_one_kind() -> None:
    assert len({kind.words for kind in KINDS}) == len(KINDS)
