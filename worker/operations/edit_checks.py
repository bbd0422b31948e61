"""What edits of a dataset must fulfil before they are accepted."""

from collections.abc import Iterator, Sequence

from worker.errors import InvalidParameter
from worker.jsontypes import Json
from worker.spec.edits import OF_ROWS, EditsSpec, RowSpec

LEAST_CLASSES = 2


def check_edits(edits: EditsSpec, manifest: Json) -> None:
    """Refuse edits that cannot be made to a dataset.

    Args:
        manifest: what is known of the dataset.

    Raises:
        InvalidParameter: they name rows or classes that it does not have, contradict each other, or
            change nothing.
    """
    if not edits.plain():
        raise InvalidParameter(
            "Expected at least one edit, such as drop, relabel or cleaned, got none."
        )
    for name in OF_ROWS:
        _check_rows(name, getattr(edits, name), manifest["splits"])
    _check_labels(edits, manifest["classes"])
    _check_moves(edits)
    _check_dropped(edits)
    _check_renamed(edits, manifest["classes"])
    _check_merged(edits, manifest["classes"])
    _check_left(edits, manifest["classes"])


def with_findings(edits: EditsSpec, manifest: Json) -> EditsSpec:
    """Returns the edits with the findings that `cleaned: true` means.

    Raises:
        InvalidParameter: there are none, or others are named.
    """
    mended = [found["code"] for found in manifest["findings"] if found.get("edit")]
    known = ", ".join(mended) or "none"
    if edits.cleaned is True:
        if not mended:
            raise InvalidParameter(
                "Expected a dataset with findings that have an edit, but it has none: there is "
                "nothing to clean.",
                "/cleaned",
            )
        return edits.model_copy(update={"cleaned": mended})
    for number, code in enumerate(edits.cleaned or ()):
        if code not in mended:
            raise InvalidParameter(
                f"Expected a finding of the dataset that has an edit, {known}, got {code}.",
                f"/cleaned/{number}",
            )
    return edits


def check_added(added: Json, manifest: Json) -> None:
    """Refuse a dataset whose rows cannot be added to those of another.

    Raises:
        InvalidParameter: its samples are of another form, or were made otherwise.
    """
    theirs, ours = ({"shape": each["shape"], **each["preprocessing"]} for each in (added, manifest))
    for name in dict.fromkeys([*ours, *theirs]):
        if theirs.get(name) != ours.get(name):
            raise InvalidParameter(
                f"Expected a dataset whose samples are made as those here, with {name} "
                f"{ours.get(name)!r}, got {theirs.get(name)!r}; upload it that way.",
                "/add",
            )


def _check_rows(name: str, rows: Sequence[RowSpec], splits: Json) -> None:
    seen: set[tuple[str, int]] = set()
    for number, row in enumerate(rows):
        at = f"/{name}/{number}"
        if row.split not in splits:
            raise InvalidParameter(
                f"Expected a split of the dataset, {' or '.join(splits)}, got {row.split}.",
                f"{at}/split",
            )
        if row.row >= (most := splits[row.split]["rows"]):
            raise InvalidParameter(
                f"Expected a row of the {row.split} split, 0 to {most - 1:,}, got {row.row:,}.",
                f"{at}/row",
            )
        if row.place in seen:
            raise InvalidParameter(
                f"Expected each row once in {name}, but {row.split} row {row.row:,} comes twice; "
                "name it once.",
                at,
            )
        seen.add(row.place)


def _check_labels(edits: EditsSpec, classes: Sequence[str]) -> None:
    for number, row in enumerate(edits.relabel):
        if row.label not in classes:
            raise _no_class(row.label, classes, f"/relabel/{number}/label")


def _check_moves(edits: EditsSpec) -> None:
    if edits.move and edits.resplit:
        raise InvalidParameter(
            "Expected move or resplit, got both; resplit divides all rows anew, those that were "
            "moved too.",
            "/move",
        )
    for number, row in enumerate(edits.move):
        if row.to == row.split:
            raise InvalidParameter(
                f"Expected another split to move the row to, but it is in {row.to} already.",
                f"/move/{number}/to",
            )


def _check_dropped(edits: EditsSpec) -> None:
    dropped = {row.place for row in edits.drop}
    kept: tuple[tuple[str, Sequence[RowSpec]], ...]
    kept = ("relabel", edits.relabel), ("move", edits.move)
    for name, rows in kept:
        for number, row in enumerate(rows):
            if row.place in dropped:
                raise InvalidParameter(
                    f"Expected each row to be dropped or kept, but {row.split} row {row.row:,} is "
                    f"in drop and in {name}; take it out of one of them.",
                    f"/{name}/{number}",
                )


def _check_renamed(edits: EditsSpec, classes: Sequence[str]) -> None:
    taken: set[str] = set()
    for old, new in edits.rename_class.items():
        at = f"/rename_class/{_escaped(old)}"
        if old not in classes:
            raise _no_class(old, classes, at)
        if new in classes or new in taken:
            raise InvalidParameter(
                f"Expected a name that no class has, got {new!r:.80}; to make one class of "
                f"several, say merge_classes: {{{new!r:.80}: [{old!r:.80}, …]}}.",
                at,
            )
        taken.add(new)


def _check_merged(edits: EditsSpec, classes: Sequence[str]) -> None:
    taken = {*edits.rename_class}
    for at, old in _merged(edits):
        if old not in classes:
            raise _no_class(old, classes, at)
        if old in taken:
            raise InvalidParameter(
                f"Expected each class to be renamed or merged once, but {old!r:.80} comes twice.",
                at,
            )
        taken.add(old)
    for new, olds in edits.merge_classes.items():
        if new in taken - {*olds} or new in edits.rename_class.values():
            raise InvalidParameter(
                f"Expected a name that is free or of one of the classes that are merged, but a "
                f"class {new!r:.80} is renamed or merged itself.",
                f"/merge_classes/{_escaped(new)}",
            )


def _merged(edits: EditsSpec) -> Iterator[tuple[str, str]]:
    """The pointer of each class that is merged, and its name."""
    for new, olds in edits.merge_classes.items():
        for number, old in enumerate(olds):
            yield f"/merge_classes/{_escaped(new)}/{number}", old


def _check_left(edits: EditsSpec, classes: Sequence[str]) -> None:
    new_names = edits.new_names
    left = {new_names.get(name, name) for name in classes}
    if len(left) < LEAST_CLASSES and edits.add is None:
        raise InvalidParameter(
            f"Expected at least {LEAST_CLASSES} classes afterwards, got {len(left)}; merge fewer.",
            "/merge_classes",
        )


def _no_class(name: str, classes: Sequence[str], at: str) -> InvalidParameter:
    known = ", ".join(map(repr, classes))
    return InvalidParameter(
        f"Expected a class of the dataset, such as {known:.200}, got {name!r:.80}.", at
    )


def _escaped(name: str) -> str:
    """The name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
