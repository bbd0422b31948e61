"""Where webhooks may go, and that nothing reaches any other place."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from service.outbound.address_guard import AddressGuard, Receiver, Target
from service.settings import ServiceSettings, environment
from service.webhooks.sender import WEBHOOKS
from tests.service.webhooks.sender_bench import SECRET
from worker.errors import InvalidParameter
from worker.settings import Settings

NOT_PUBLIC = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.1",
    "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2",
    "168.63.129.16", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:7f00:1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::",
    "2002:c0a8:101::1", "2001::1", "2001:db8::1", "100::1", "fc00::1", "fd00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1", "8000::1",
]  # fmt: skip
PUBLIC = [
    "93.184.216.34", "8.8.8.8", "192.0.1.1", "2606:2800:220:1::1", "2a00:1450::1",
    "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "2002:5db8:d822::1",
]  # fmt: skip
OWN = ["127.0.0.1", "10.1.2.3", "172.20.0.2", "192.168.1.1", "100.64.0.1", "::1", "fd12:3456::1"]

OPEN = AddressGuard(WEBHOOKS, ["cats.example"], private=False)
PRIVATE = AddressGuard(WEBHOOKS, ["cats.example"], private=True)


# The allow-list


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("cats.example", "https://cats.example/hook"),
        ("cats.example", "https://CATS.example:443/hook"),
        ("Cats.Example:8443", "https://cats.example:8443/"),
        ("https://cats.example", "https://cats.example"),
        ("http://cats.example", "http://cats.example:80/"),
        ("http://localhost:8080", "http://localhost:8080/hook"),
        ("*.cats.example", "https://a.cats.example/"),
        ("*.cats.example", "https://b.a.cats.example/"),
        ("http://*.cats.example:81", "http://a.cats.example:81/"),
        ("8.8.8.8", "https://8.8.8.8/"),
        ("[2606:2800:220:1::1]:8443", "https://[2606:2800:220:1::1]:8443/"),
    ],
)
def test_an_allowed_host_is_allowed(entry: str, url: str) -> None:
    assert AddressGuard(WEBHOOKS, [entry], private=False).check(url) == Target.of(url)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("cats.example", "http://cats.example/"),
        ("cats.example", "https://cats.example:8443/"),
        ("cats.example", "https://a.cats.example/"),
        ("cats.example", "https://cats.example.evil.example/"),
        ("cats.example", "https://evilcats.example/"),
        ("cats.example:8443", "https://cats.example/"),
        ("http://cats.example", "https://cats.example/"),
        ("*.cats.example", "https://cats.example/"),
        ("*.cats.example", "https://evilcats.example/"),
    ],
)
def test_any_other_is_not(entry: str, url: str) -> None:
    with pytest.raises(InvalidParameter, match="Name it there") as refused:
        AddressGuard(WEBHOOKS, [entry], private=True).check(url)
    assert refused.value.pointer == "/webhook"


def test_without_a_list_webhooks_are_off() -> None:
    with pytest.raises(InvalidParameter, match="webhooks are off"):
        AddressGuard(WEBHOOKS, [], private=True).check("https://cats.example/")


def test_what_is_no_url_is_refused_by_the_guard_too() -> None:
    with pytest.raises(InvalidParameter, match="https://host/path"):
        OPEN.check("gopher://cats.example/")


@pytest.mark.parametrize("address", [a for a in NOT_PUBLIC if "%" not in a])
def test_an_address_that_is_not_public_is_refused_though_it_was_named(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidParameter, match="PURR_WEBHOOK_PRIVATE"):
        AddressGuard(WEBHOOKS, [host], private=False).check(f"https://{host}/")


@pytest.mark.parametrize(
    "entry",
    ["", "*", "*.", "cats.example/hook", "ftp://cats.example", "a@cats.example", "*.*.example",
     "127.1", "cats.example:0", "cats .example", "cats.example?x"],
)  # fmt: skip
def test_an_entry_that_names_no_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Receiver.of(entry)


def test_a_url_comes_apart_as_it_was_put_together() -> None:
    target = Target.of("https://Cats.Example:8443/a%20b?c=d")
    assert target == ("https", "cats.example", 8443, "/a%20b?c=d")
    assert target.authority == "cats.example:8443"
    assert Target.of("https://[::1]?x").authority == "[::1]"
    assert Target.of("https://[::1]?x").path == "/?x"
    assert Target.of("http://a:443").authority == "a:443"


# The addresses


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_fit(address: str) -> None:
    OPEN.check_addresses([address])
    PRIVATE.check_addresses([address])


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_one_unfit_address_is_enough(address: str) -> None:
    with pytest.raises(InvalidParameter):
        OPEN.check_addresses([*PUBLIC, address])


@pytest.mark.parametrize("address", OWN)
def test_private_addresses_can_be_opened(address: str) -> None:
    PRIVATE.check_addresses([address])


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "0.0.0.0", "::",
     "fe80::1", "224.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"],
)  # fmt: skip
def test_metadata_services_stay_shut_in_ones_own_network(address: str) -> None:
    with pytest.raises(InvalidParameter):
        PRIVATE.check_addresses([address])


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_fit_in_any_disguise(address: object) -> None:
    def fit(text: str) -> bool:
        try:
            OPEN.check_addresses([text])
        except InvalidParameter:
            return False
        return True

    packed = ip_address(str(address)).packed.hex()
    high, low = packed[:4], packed[4:]
    disguises = (f"::ffff:{high}:{low}", f"64:ff9b::{high}:{low}", f"2002:{high}:{low}::1")
    assert {fit(text) for text in disguises} == {fit(str(address))}


# The settings


def test_hosts_need_a_secret() -> None:
    with pytest.raises(ValidationError, match="PURR_WEBHOOK_SECRET: set it"):
        ServiceSettings(webhook_hosts=("cats.example",))
    assert ServiceSettings(webhook_secret=SecretStr(SECRET)).webhook_hosts == ()


def test_a_host_that_cannot_be_meant_is_named() -> None:
    with pytest.raises(ValidationError, match=r"got cats.example/hook; correct PURR_WEBHOOK_HOSTS"):
        ServiceSettings(webhook_hosts=("cats.example/hook",), webhook_secret=SecretStr(SECRET))


def test_a_wrong_secret_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PURR_WEBHOOK_SECRET", SECRET + "x")
    with pytest.raises(ValidationError, match="Expected `whsec_`") as refused:
        ServiceSettings()
    assert SECRET not in str(refused.value)


def test_the_api_is_told_of_webhooks_and_workers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ServiceSettings(
        webhook_hosts=("*.cats.example", "http://[::1]:8080"),
        webhook_secret=SecretStr(f"{SECRET} {SECRET}"),
        webhook_private=True,
    )
    assert not [name for name in environment(settings, Settings) if "WEBHOOK" in name]
    for name, value in environment(settings, ServiceSettings).items():
        monkeypatch.setenv(name, value)
    assert ServiceSettings() == settings
