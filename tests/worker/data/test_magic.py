import pytest

from worker.data.magic import looks_like


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
        (b"a;b\n1;2\n", "plain text"),
        ("müde\n".encode(), "plain text"),
        (b"\xff\xfe\xfd\xfc\xfb", "no format known here"),
        (b"text\0with a NUL", "no format known here"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert looks_like(head) == kind


def test_a_text_whose_last_character_is_cut_is_still_text() -> None:
    assert looks_like(b"x" * 511 + "é".encode()) == "plain text"
