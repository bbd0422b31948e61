"""Which arrays an HDF5 file has, in its groups too."""

from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from worker.data.arrays.stored import Listed
from worker.data.hdf5.file import member, sound
from worker.data.hdf5.guard import hardened_h5py

# Groups within groups that are looked into, and links in all of them.
MAX_DEPTH, MAX_LINKS = 5, 1000


def listed(file: Any, file_name: str) -> list[Listed]:
    """Returns the first arrays of the file, and links to elsewhere, which nobody follows.

    Raises:
        CorruptFile: the file is damaged.
    """
    with sound(file_name):
        # Groups count too, so that those which contain one another come to an end.
        found = islice(_links(file, file_name), MAX_LINKS)
        return [entry for entry in found if entry is not None]


def _links(file: Any, file_name: str) -> Iterator[Listed | None]:
    """Yields what each link leads to, those at the top first; None for a group."""
    h5py = hardened_h5py()
    groups = deque([(file, "", 1)])
    while groups:
        group, path, depth = groups.popleft()
        for link in _names(group):
            name = path + link.decode(errors="replace")
            opener = partial(member, group, link, name, file_name)
            # Only what is in this file itself is opened.
            if group.id.links.get_info(link).type != h5py.h5l.TYPE_HARD:
                yield Listed(file_name, name, "a link", (), opener)
                continue
            thing = group[link]
            if isinstance(thing, h5py.Dataset):
                kind = "texts" if h5py.check_string_dtype(thing.dtype) else thing.dtype.name
                yield Listed(file_name, name, kind, thing.shape or (), opener)
                continue
            if isinstance(thing, h5py.Group) and depth < MAX_DEPTH:
                groups.append((thing, f"{name}/", depth + 1))
            yield None


def _names(group: Any) -> list[bytes]:
    names: list[bytes] = []

    def enter(name: bytes, *_: Any) -> bool | None:
        names.append(name)
        return len(names) == MAX_LINKS or None  # all but None ends it

    group.id.links.iterate(enter)
    return names
