"""What the API and its launcher read from `PURR_*` variables, once, at their start."""

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import to_json
from pydantic_settings import NoDecode

from service import keys
from service.outbound.address_guard import Receiver
from service.tracking.mlflow.mlflow_settings import MlflowSettings
from service.webhooks.message import keys_of
from worker.settings import Settings


def split(value: object) -> object:
    """The names in `a, b`; a sequence of names is left as it is."""
    if not isinstance(value, str):
        return value
    return tuple(name.strip() for name in value.split(",") if name.strip())


# Commas, because a list in JSON is a nuisance to quote in a shell or a compose file.
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]


class ServiceSettings(MlflowSettings):
    """The worker's settings, and how the service is reached; docs/configuration.md lists both."""

    host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="Address to listen on; any but a loopback address needs `PURR_API_KEY`.",
    )
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0: any free one.")
    api_key: SecretStr | None = Field(
        None, description="Key that every request must show; unset: none is asked for."
    )
    read_key: SecretStr | None = Field(
        None, description="Key that may look and ask, and change nothing; unset: there is none."
    )
    mcp_writes: bool = Field(
        False, description="Whether [`/mcp`](mcp.md) may change things where no key is asked for."
    )
    allowed_hosts: Names = Field(
        (), description="Names, beside the loopback ones, that requests may call this service by."
    )
    allowed_origins: Names = Field(
        (), description="Origins whose web pages may call this service from a browser."
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        max_length=200,
        description="Path that a proxy serves this service under, such as `/cats`.",
    )
    trusted_proxies: Names = Field(
        ("127.0.0.1", "::1"),
        description="Addresses and networks of proxies whose `X-Forwarded-*` are believed.",
    )
    metrics_open: bool = Field(False, description="Whether `/metrics` is answered without the key.")
    workers: int = Field(1, ge=1, le=256, description="Jobs that `purr up` trains at a time.")
    import_workers: int = Field(2, ge=1, le=64, description="Imports that it does at a time.")
    default_model: str | None = Field(
        None, description="Model that `/v1/predict` asks; unset: the newest."
    )
    max_json_bytes: int = Field(64 * 2**10, gt=0, description="Bytes of one JSON body.")
    max_mcp_bytes: int = Field(
        4 * 2**20, gt=0, description="Bytes of one request to [`/mcp`](mcp.md)."
    )
    max_mcp_calls: int = Field(
        64, ge=1, description="Requests to it that one API process answers at a time."
    )
    max_predict_bytes: int = Field(
        64 * 2**20, gt=0, description="Bytes of one request for predictions."
    )
    max_answer_bytes: int = Field(
        16 * 2**20, gt=0, description="Bytes of the answer to one request for predictions."
    )
    max_audit_bytes: int = Field(
        64 * 2**20,
        ge=2**20,
        description="Bytes of what the [audit log](keys.md#who-did-what) keeps of each kind.",
    )
    max_wait_s: int = Field(
        60, gt=0, le=3600, description="Seconds that a request may wait for a change of state."
    )
    max_connections: int = Field(
        4_000,
        ge=16,
        description="Connections of one API process; fewer where it may open fewer files.",
    )
    max_transfers: int = Field(
        64,
        ge=1,
        le=10_000,
        description="Uploads, downloads and streams of lines of one API process at a time.",
    )
    max_predictions: int = Field(
        128,
        ge=1,
        description="Requests for predictions that one API process answers at a time.",
    )
    max_bodies_bytes: int = Field(
        256 * 2**20, gt=0, description="Bytes of all bodies for predictions held at a time."
    )
    header_timeout_s: int = Field(
        10, ge=1, le=600, description="Seconds in which the head of a request must have come."
    )
    stall_timeout_s: int = Field(
        30,
        ge=1,
        le=600,
        description="Seconds in which a body, or an answer, must get on by 1 KiB for each.",
    )
    idle_timeout_s: int = Field(
        75, ge=1, le=3600, description="Seconds for which a connection is kept for a next request."
    )
    max_streams: int = Field(
        1000, gt=0, description="Event streams that one API process serves at a time."
    )
    keep_answers_days: int = Field(
        0,
        ge=0,
        le=365,
        description="Days for which predictions carry an id by which they can be "
        "[judged](live-models.md#what-was-true); 0: they carry none.",
    )
    keep_answers_bytes: int = Field(
        256 * 2**20, ge=2**20, description="Bytes of what is kept of them; the oldest make room."
    )
    import_hosts: Names = Field(
        (), description="Hosts that files of datasets may be fetched from; none: none is fetched."
    )
    import_private: bool = Field(
        False, description="Whether they may be fetched from addresses in one's own network."
    )
    import_fetch_s: int = Field(
        1800, gt=0, le=86_400, description="Seconds in which a file must have been fetched."
    )
    webhook_hosts: Names = Field(
        (), description="Hosts that [webhooks](webhooks.md) may go to; none: webhooks are off."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="`whsec_…` that webhooks are signed with; two while they change."
    )
    webhook_private: bool = Field(
        False, description="Whether webhooks may go to addresses in one's own network."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            try:
                ip_network(proxy)
            except ValueError as error:
                raise ValueError(
                    f"Expected addresses or networks like 10.0.0.0/8, got {proxy}; correct "
                    "PURR_TRUSTED_PROXIES"
                ) from error
        return proxies

    @field_validator("import_hosts", "webhook_hosts")
    @classmethod
    def _hosts_that_can_be_meant(
        cls, hosts: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        setting = str(info.field_name).upper()
        for host in hosts:
            try:
                Receiver.of(host)
            except ValueError as error:
                raise ValueError(
                    "Expected hosts like cats.example, *.cats.example, cats.example:8443 or "
                    f"http://cats.example, got {host}; correct PURR_{setting}"
                ) from error
        return hosts

    @field_validator("webhook_secret")
    @classmethod
    def _a_secret_to_sign_with(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            keys_of(secret.get_secret_value())
        return secret

    @field_validator("api_key", "read_key")
    @classmethod
    def _a_key_that_can_be_shown(
        cls, key: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        if key is not None:
            keys.refuse_unshowable(key, f"PURR_{str(info.field_name).upper()}")
        return key

    @model_validator(mode="after")
    def _refuse_unsigned_webhooks(self) -> Self:
        if self.webhook_hosts and not self.webhook_secret:
            raise ValueError(
                "Webhooks are signed, so PURR_WEBHOOK_HOSTS needs a PURR_WEBHOOK_SECRET: set it "
                "to what `echo whsec_$(openssl rand -base64 32)` prints."
            )
        return self

    @model_validator(mode="after")
    def _refuse_weak_keys(self) -> Self:
        keys.refuse_strangers_without_a_key(self.host, self.api_key)
        if self.read_key is not None:
            keys.refuse_a_weak_read_key(self.host, self.api_key, self.read_key)
        return self


def limits_of(settings: Settings) -> dict[str, int]:
    """Returns the settings that are limits, by their names."""
    return {
        name: value
        for name, value in settings.model_dump(mode="json").items()
        if type(value) is int
        and (name.startswith(("max_", "min_", "import_")) or name.endswith("_timeout_s"))
    }


def environment(settings: Settings, kind: type[Settings]) -> dict[str, str]:
    """The `PURR_*` variables from which another process reads these settings of this kind."""
    values = {name: getattr(settings, name) for name in kind.model_fields}
    return {
        f"PURR_{name.upper()}": text(value) for name, value in values.items() if value is not None
    }


def text(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case str() | Path():
            return str(value)
        case Sequence():
            return ",".join(value)
        case _:
            return to_json(value).decode()
