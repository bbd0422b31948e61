"""Where the pictures of an upload stand: of which split and class each is, by its path.

Classes are folders; where all pictures lie in one, classes are said in the names of the files, or
in a list beside them. A folder with the name of a split is never a class.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from worker.data.class_names import classes_in
from worker.data.split_names import FolderSplit, split_called
from worker.errors import CorruptFile, UnsupportedFile

Path = tuple[str, ...]  # folders, then the name of the file
# Returns the class of each path, or None where no list names it; None where there is no list.
Listed = Callable[[Sequence[Path]], Sequence[str | None] | None]

ADVICE = (
    "Put the pictures of each class into a folder with the name of the class, in train and test "
    "folders if you have such splits."
)


class Standing(NamedTuple):
    """A picture on its way to its class.

    Attributes:
        number: its place among all paths.
        split: None where no folder of it has the name of one.
        folders: those that may be classes.
    """

    number: int
    split: FolderSplit | None
    folders: Path
    file: str


class Place(NamedTuple):
    """Which picture, by its place among all paths, and what it is."""

    number: int
    split: str
    class_name: str


def placed(
    paths: Sequence[Path], listed: Listed, archives: Sequence[str] | None = None
) -> list[Place]:
    """Returns where each picture stands; those of no class are missing.

    Args:
        listed: looks into lists beside the pictures, if it has to.
        archives: in which each lies, if there are several: its name may be that of a split, or,
            where nothing else says one, a class.

    Raises:
        UnsupportedFile: two levels of folders could be the classes, or a split has the place of a
            class.
        CorruptFile: nothing says a class.
    """
    outer = [name.partition(".")[0] for name in archives or [""] * len(paths)]
    standing = _without_common(
        [
            _standing(number, path, name)
            for number, (path, name) in enumerate(zip(paths, outer, strict=True))
        ]
    )
    if any(picture.folders for picture in standing):
        found = _by_folders(standing)
    else:
        found = _by_names(standing) or _by_list(standing, paths, listed)
        found = found or (_by_archive(standing, outer) if archives else [])
    if not found:
        raise CorruptFile(
            f"Expected at least 2 classes, but nothing says which class the {len(paths):,} "
            f"pictures are of: they lie in one folder. {ADVICE}"
        )
    return _one_spelling([place for place in found if place.split != "unlabelled"])


def _standing(number: int, path: Path, archive: str) -> Standing:
    *folders, file = path
    splits = [split for folder in (archive, *folders) if (split := split_called(folder))]
    others = tuple(folder for folder in folders if not split_called(folder))
    return Standing(number, splits[-1] if splits else None, others, file)


def _without_common(standing: list[Standing]) -> list[Standing]:
    """Without the folders, from either end, in which all pictures lie that lie in any."""
    while len({picture.folders[0] for picture in standing if picture.folders}) == 1:
        standing = [picture._replace(folders=picture.folders[1:]) for picture in standing]
    inner = [picture.folders for picture in standing if picture.folders]
    while inner and min(map(len, inner)) > 1 and len({path[-1].casefold() for path in inner}) == 1:
        standing = [
            picture._replace(folders=picture.folders[:-1]) if picture.folders else picture
            for picture in standing
        ]
        inner = [path[:-1] for path in inner]
    return standing


def _by_folders(standing: Sequence[Standing]) -> list[Place]:
    """The outermost folders are the classes. Pictures in none are left out."""
    within = [picture for picture in standing if picture.folders]
    _check_one_level(within)
    _check_no_split_as_class(standing)
    return [Place(p.number, p.split or "train", p.folders[0]) for p in within]


def _check_one_level(within: Sequence[Standing]) -> None:
    if any(len(picture.folders) < 2 for picture in within):
        return
    above: dict[str, str] = {}
    for picture in within:
        outer, inner = picture.folders[:2]
        if above.setdefault(inner.casefold(), outer) != outer:
            raise UnsupportedFile(
                f"Expected one level of folders that are the classes, but {inner!r} lies in "
                f"{above[inner.casefold()]!r} and in {outer!r}, so either could be. {ADVICE}"
            )


def _check_no_split_as_class(standing: Sequence[Standing]) -> None:
    beside = any(picture.split is None and picture.folders for picture in standing)
    lost = next((p for p in standing if p.split and not p.folders), None)
    if beside and lost is not None:
        raise UnsupportedFile(
            f"Expected only classes or only splits side by side, but the folder of {lost.file!r} "
            f"has the name of the {lost.split} split and stands beside classes. If it is a class, "
            "give it another name."
        )


def _by_names(standing: Sequence[Standing]) -> list[Place]:
    """The names of the files say the classes: of all files of a split, or of none."""
    found = []
    for split in {picture.split for picture in standing}:
        own = [picture for picture in standing if picture.split == split]
        for picture, name in zip(own, classes_in([p.file for p in own]) or [], strict=False):
            found.append(Place(picture.number, split or "train", name))
    named = {place.split for place in found}
    return found if "train" in named or len(named) == 1 else []


def _by_list(standing: Sequence[Standing], paths: Sequence[Path], listed: Listed) -> list[Place]:
    names = listed(paths) or []
    return [
        Place(picture.number, picture.split or "train", name)
        for picture, name in zip(standing, names, strict=False)
        if name is not None
    ]


def _by_archive(standing: Sequence[Standing], archives: Sequence[str]) -> list[Place]:
    """The names of the archives are the classes, if none is the name of a split."""
    if any(picture.split for picture in standing):
        return []
    named = zip(standing, archives, strict=True)
    return [Place(picture.number, "train", name) for picture, name in named]


def _one_spelling(found: list[Place]) -> list[Place]:
    """A class that another split writes in other capitals is the same."""
    spelled: dict[str, str] = {}
    for place in sorted(found, key=lambda place: (place.split != "train", place.class_name)):
        spelled.setdefault(place.class_name.casefold(), place.class_name)
    own = {place.class_name for place in found if place.split == "train"}
    return [
        place
        if place.class_name in own
        else place._replace(class_name=spelled[place.class_name.casefold()])
        for place in sorted(found)
    ]
