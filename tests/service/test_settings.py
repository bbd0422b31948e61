from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from service.cli.variables import complaints
from service.settings import ServiceSettings, environment
from worker.operations.retention_policy import Policy, Rule
from worker.settings import KEPT, Settings

KEY = "whiskers-whiskers"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_loopback_host_needs_no_key(host: str) -> None:
    assert ServiceSettings(host=host).api_key is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "cats.example"])
def test_any_other_host_needs_a_key(host: str) -> None:
    with pytest.raises(ValidationError, match=r"PURR_API_KEY is not set: set it to what `openssl"):
        ServiceSettings(host=host)


def test_any_other_host_needs_a_long_key_and_the_message_keeps_it_secret() -> None:
    with pytest.raises(ValidationError, match="PURR_API_KEY has 15 characters") as refused:
        ServiceSettings(host="0.0.0.0", api_key=SecretStr(KEY[:15]))
    assert KEY[:15] not in str(refused.value)


def test_any_other_host_and_a_long_key_are_accepted() -> None:
    assert ServiceSettings(host="0.0.0.0", api_key=SecretStr(KEY)).host == "0.0.0.0"


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", ()),
        ("a.example", ("a.example",)),
        (" a.example, b.example,", ("a.example", "b.example")),
    ],
)
def test_names_are_given_with_commas(
    monkeypatch: pytest.MonkeyPatch, value: str, names: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PURR_ALLOWED_HOSTS", value)
    assert ServiceSettings().allowed_hosts == names


def test_another_process_reads_the_same_settings_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = ServiceSettings(
        host="0.0.0.0",
        port=0,
        api_key=SecretStr(KEY),
        data_dir=Path('/some "where"/else'),
        allowed_hosts=("a.example", "b.example"),
        lease_s=2.5,
        redis_url="redis://:p%40ss@127.0.0.1:1/0",
    )
    for name, value in environment(settings, ServiceSettings).items():
        monkeypatch.setenv(name, value)
    assert ServiceSettings() == settings


def test_a_worker_is_not_told_the_key() -> None:
    settings = ServiceSettings(api_key=SecretStr(KEY))
    told = environment(settings, Settings)
    assert "PURR_LEASE_S" in told
    assert "PURR_API_KEY" not in told


def test_every_setting_says_what_it_is_for() -> None:
    fields = ServiceSettings.model_fields
    assert [name for name, field in fields.items() if not field.description] == []


def test_a_variable_that_is_no_setting_is_told_which_was_meant() -> None:
    names = ["PURR_PORT", "purr_port", "PURR_URL", "PORT", "PURR_WORKER", "PURR_XYZ"]
    first, second = complaints(names)
    assert first.startswith("PURR_WORKER is set")
    assert first.endswith("did you mean PURR_WORKERS?")
    assert "PURR_XYZ" in second


@pytest.mark.parametrize(
    ("host", "key", "read_key", "said"),
    [
        ("127.0.0.1", None, KEY, "there is none"),
        ("127.0.0.1", KEY, KEY, "both are the same"),
        ("0.0.0.0", KEY, KEY[:15], "a PURR_READ_KEY of 16 characters or more on 0.0.0.0"),
        ("127.0.0.1", KEY, "ключ", "set PURR_READ_KEY to what `openssl"),
    ],
)
def test_a_key_to_read_that_is_none_is_refused_and_kept_secret(
    host: str, key: str | None, read_key: str, said: str
) -> None:
    keys = {"api_key": key and SecretStr(key), "read_key": SecretStr(read_key)}
    with pytest.raises(ValidationError, match=said) as refused:
        ServiceSettings(host=host, **keys)  # type: ignore[arg-type]
    assert read_key not in str(refused.value)


def test_a_key_to_read_beside_another_is_accepted() -> None:
    keys = {"api_key": SecretStr(KEY), "read_key": SecretStr(f"{KEY}!")}
    assert ServiceSettings(host="0.0.0.0", **keys).read_key is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("days", ["0.5", "6.9", "-1", "nan", "inf", "40000", "ever"])
@pytest.mark.parametrize("kind", KEPT)
def test_what_goes_with_time_is_kept_for_a_week_at_least(
    monkeypatch: pytest.MonkeyPatch, kind: str, days: str
) -> None:
    monkeypatch.setenv(f"PURR_KEEP_{kind.upper()}_DAYS", days)
    with pytest.raises(ValidationError) as refused:
        ServiceSettings()
    if days in ("0.5", "6.9"):
        assert f"got {days}; correct PURR_KEEP_{kind.upper()}_DAYS" in str(refused.value)


def test_a_policy_is_what_the_settings_say() -> None:
    settings = ServiceSettings(keep_jobs_days=30, keep_newest_metrics=7, keep_originals_days=365.5)
    expected = Policy(jobs=Rule(30), metrics=Rule(newest=7), originals=Rule(365.5))
    assert Policy.of(settings) == expected
    assert not expected.keeps_all and Policy.of(ServiceSettings()).keeps_all
