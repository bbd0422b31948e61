"""A key to the API, and what one asks for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field

from service.access.key_scope import KeyScope
from worker.jobs.record import created_ms
from worker.operations.api_keys import Made, clock_ms
from worker.spec.part import Spec
from worker.store.api_key import ApiKey

MOST_PER_MINUTE = 1_000_000
MOST_DAYS, MOST_GRACE_DAYS, DAY_S = 3650, 7, 86_400
ScopeName = Literal["predict", "read", "train", "admin"]
NAME = r"^[^\x00-\x1f\x7f-\x9f]{1,100}$"


def each_once(scopes: Sequence[str]) -> list[str]:
    """Returns the scopes in one order, each once."""
    return [scope.value for scope in KeyScope if scope in scopes]


class KeyRequest(Spec):
    """A new key."""

    name: str = Field(pattern=NAME, description="For whom or what it is; people read it.")
    scopes: Annotated[list[ScopeName], AfterValidator(each_once)] = Field(
        min_length=1, max_length=8, description="What it may be used for; `admin` for everything."
    )
    lasts_s: int | None = Field(
        None,
        ge=60,
        le=MOST_DAYS * DAY_S,
        description="Seconds until it expires; null: it does not.",
    )
    per_minute: int | None = Field(
        None,
        ge=1,
        le=MOST_PER_MINUTE,
        description="Requests that it may make in a minute; null: any number.",
    )


class Rotation(Spec):
    """How a key gets another secret."""

    old_lasts_s: int = Field(
        0,
        ge=0,
        le=MOST_GRACE_DAYS * DAY_S,
        description="Seconds for which the secret before is taken, too.",
    )


class Key(BaseModel):
    """A key. Its secret was shown once: it begins with `purr_` and the id behind `key_`.
    `last_used_at` is told from a minute on, and null where Redis has forgotten it."""

    id: str
    name: str
    scopes: list[str]
    per_minute: int | None
    state: Literal["active", "expired", "revoked"]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    rotated_at: datetime | None
    old_until: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey, used_ms: int | None) -> Self:
        return cls(**told(key, used_ms))


class NewKey(Key):
    """A key, and what its holder sends as `Authorization: Bearer …`: it is shown this once."""

    key: str

    @classmethod
    def made(cls, made: Made) -> Self:
        return cls(**told(made.key, None), key=made.token)


def told(key: ApiKey, used_ms: int | None) -> dict[str, object]:
    """Returns what is told of a key."""
    now_ms = clock_ms()
    return {
        "id": key.id,
        "name": key.name,
        "scopes": [*key.scopes],
        "per_minute": key.per_minute,
        "state": key.state(now_ms),
        "created_at": at(created_ms(key.id)),
        "created_by": key.created_by,
        "expires_at": at(key.expires_ms),
        "rotated_at": at(key.rotated_ms),
        "old_until": at(key.old_until_ms) if key.old_until_ms > now_ms else None,
        "revoked_at": at(key.revoked_ms),
        "last_used_at": at(used_ms),
    }


def at(ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms / 1000, UTC)
