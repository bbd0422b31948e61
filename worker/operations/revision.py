"""From a job's spec and what should be otherwise to another spec, and what that changes."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import jsonpatch

from worker.errors import InvalidParameter
from worker.findings.finding import Patch
from worker.jsontypes import Json
from worker.operations.differences import differing

MAX_CHANGES = 100
MAX_BYTES = 100_000  # of a spec at any moment: copies of copies grow fast


def prescribed(findings: Sequence[Json], codes: Sequence[str] | None) -> Patch:
    """The patches of these findings together, or of all of them.

    Where two change the same place, the one that comes first is followed: causes stand before what
    they cause.

    Raises:
        InvalidParameter: a code is not among the findings, or none of them has a patch.
    """
    known = [finding["code"] for finding in findings]
    for at, code in enumerate(codes or ()):
        if code not in known:
            raise InvalidParameter(
                f"Expected findings of this job, which are {named(known)}; got {code!r:.80}.",
                f"/findings/{at}",
            )
    chosen = [f for f in findings if codes is None or f["code"] in codes]
    patch = without_conflicts(change for finding in chosen for change in finding["patch"])
    if not patch:
        raise InvalidParameter(
            f"Expected findings that say what to change in the spec; {named(known)} of this job "
            "do not. Send a patch of your own.",
            "/findings",
        )
    return patch


def named(codes: Sequence[str]) -> str:
    return ", ".join(codes) or "none"


def without_conflicts(changes: Iterator[Json]) -> Patch:
    """The changes but those of a place that an earlier one has changed, as a whole or in part."""
    kept: Patch = []
    for change in changes:
        place = change["path"].split("/")
        others = (earlier["path"].split("/") for earlier in kept)
        if not any(place[: len(other)] == other[: len(place)] for other in others):
            kept.append(change)
    return kept


def revised(spec: Json, patch: Sequence[Any]) -> Json:
    """The spec after a JSON Patch (RFC 6902); it need not be a valid one.

    Raises:
        InvalidParameter: it is no such patch, or cannot be applied.
    """
    if len(patch) > MAX_CHANGES:
        raise InvalidParameter(
            f"Expected at most {MAX_CHANGES} changes, got {len(patch)}.", "/patch"
        )
    found: Any = spec
    for at, change in enumerate(patch):
        try:
            found = jsonpatch.JsonPatch([change]).apply(found)
        except (
            jsonpatch.JsonPatchException,
            jsonpatch.JsonPointerException,
            TypeError,
            RecursionError,
        ) as error:
            raise InvalidParameter(
                "Expected a change of the spec as RFC 6902 describes it, such as "
                '{"op": "replace", "path": "/epochs", "value": 200}; this one cannot be made: '
                f"{error!s:.200}.",
                f"/patch/{at}",
            ) from error
        if not isinstance(found, dict) or len(json.dumps(found)) > MAX_BYTES:
            raise InvalidParameter(
                f"Expected a spec of at most {MAX_BYTES:,} bytes after each change.", f"/patch/{at}"
            )
    return found  # type: ignore[no-any-return]


def changes(before: Json, after: Json) -> Iterator[Json]:
    """Each place where two specs differ, with what was there and what is."""
    for path, (was, now) in differing([before, after]):
        yield {"path": path, "before": was, "after": now}
