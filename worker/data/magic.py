"""What kind of file some bytes are, whatever the name of the file says."""

from worker.data.pictures.formats import format_of

HEAD_BYTES = 512

# Of files that are not pictures, or pictures that are not read here.
PREFIXES = {
    b"\x89HDF\r\n\x1a\n": "HDF5",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "an empty zip",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"%PDF": "PDF",
    b"%!PS": "PostScript",
    b"\x93NUMPY": "NPY",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"PAR1": "Parquet",
    b"\x80\x02": "a Python pickle",
    b"\x80\x03": "a Python pickle",
    b"\x80\x04": "a Python pickle",
    b"\x80\x05": "a Python pickle",
}


def looks_like(head: bytes) -> str:
    """Returns the kind of file that begins with these bytes, in words that fit after "look like".

    A format of pictures that is read here has its name in FORMATS.
    """
    if not head:
        return "an empty file"
    if picture := format_of(head):
        return picture
    known = next((kind for prefix, kind in PREFIXES.items() if head.startswith(prefix)), None)
    return known or ("plain text" if _is_text(head) else "no format known here")


def _is_text(head: bytes) -> bool:
    # The cut at HEAD_BYTES may fall into a character of up to four bytes.
    text = head[:HEAD_BYTES].decode("utf-8", errors="ignore")
    return len(text.encode()) >= len(head[:HEAD_BYTES]) - 3 and all(
        character.isprintable() or character.isspace() for character in text
    )
