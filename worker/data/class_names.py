"""Classes that are said in the names of files: `cat.0.jpg`, `cat_001.jpg`, `cat (1).jpg`."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

# Letters, whatever separates them, and a number.
NUMBERED = re.compile(r"(?P<name>.*?[^\W\d_])[\W_]*\d+[\W_]*")
# What cameras and programs call all of their pictures.
OF_NO_CLASS = {
    "img", "image", "picture", "pic", "photo", "foto", "dsc", "dscn", "dscf", "pxl", "mvimg", "p",
    "screenshot", "scan", "frame", "file", "download", "unnamed", "untitled",
}  # fmt: skip


def class_in(file: str) -> str | None:
    """Returns the class that the name of a file says; None where it says none."""
    found = NUMBERED.fullmatch(PurePosixPath(file).stem)
    if found is None or found["name"].casefold() in OF_NO_CLASS:
        return None
    return found["name"]


def classes_in(files: Sequence[str]) -> list[str] | None:
    """Returns the class of each file; None unless each says one, and there are two or more of them
    with two files on an average."""
    found = [name for file in files if (name := class_in(file)) is not None]
    if len(found) < len(files) or not 2 <= len({*found}) <= len(files) / 2:
        return None
    return found
