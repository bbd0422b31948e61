"""What is known of models, of their versions, and of the names that these go by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from purrceptron.answers import Answer, Finding


class Version(Answer):
    """One published version of a model."""

    name: str
    version: int
    created_at: datetime | None = None
    job: str | None = None
    spec: dict[str, Any] = {}
    dataset: dict[str, Any] = {}
    shape: list[int] = []
    classes: list[str] = []
    preprocessing: dict[str, Any] = {}
    result: dict[str, Any] = {}
    ended_by: str | None = None
    findings: list[Finding] = []
    digest: str | None = None
    aliases: list[str] = []
    export: dict[str, Any] | None = None
    bytes: int = 0
    trashed_until: datetime | None = None

    brief = ("name", "version", "aliases")


class ModelSummary(Answer):
    """A model and some of its versions, the newest first.

    Attributes:
        champion: the version that answers where none is named.
        aliases: the version that each alias names.
        total: how many versions there are.
    """

    name: str
    newest: int
    champion: int | None = None
    aliases: dict[str, int] = {}
    total: int = 0
    notes: str = ""
    tags: list[str] = []
    versions: list[Version] = []

    brief = ("name", "newest", "champion", "total")


class Alias(Answer):
    """A name for a version, and the move since which it names that; the guard's verdict, if it was
    asked."""

    alias: str
    version: int | None
    before: int | None = None
    who: str | None = None
    why: str = ""
    at: datetime | None = None
    forced: bool = False
    guard: dict[str, Any] | None = None
    operating_point: dict[str, Any] | None = None

    brief = ("alias", "version", "before", "why")
