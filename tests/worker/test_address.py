"""Which URLs a webhook may have: none that two readers would read differently."""

import pytest
from pydantic import ValidationError

from worker.spec import JobSpec, plain_url

URL = "https://cats.example/hook"
DATASET = "ds_" + "0" * 32
FORMS = [
    URL,
    "HTTPS://Cats.Example",
    "https://cats.example:8443/a/b?c=d&e=%20;f",
    "http://localhost",
    "https://192.0.2.7/",
    "https://[2001:db8::1]:8443?x",
    "https://xn--ktzchen-5wa.example/",
    "https://_svc.a-b.example/",
]


NO_FORMS = [
    "",
    "cats.example/hook",
    "//cats.example/hook",
    "ftp://cats.example/",
    "gopher://cats.example/",
    "file:///etc/passwd",
    "redis://cats.example/",
    "https://",
    "https:///hook",
    "https://user@cats.example/",
    "https://user:pass@cats.example/",
    "https://cats.example@evil.example/",
    "https://cats.example/#part",
    "https://cats.example\\@evil.example/",
    "https://cats.example/\\",
    "https://cats.example/a b",
    "https://cats.example/a\r\nHost: evil.example",
    "https://cats.example\n",
    " https://cats.example",
    "https://cats.example./",
    "https://localhost./",
    "https://.example/",
    "https://a..example/",
    "https://-a.example/",
    "https://kätzchen.example/",
    "https://169。254。169。254/",
    "https://①②⑦.0.0.1/",
    "https://\N{LATIN SMALL LETTER LONG S}.example/",
    "https://\N{KELVIN SIGN}.example/",
    "https://cats.example:/",
    "https://cats.example:0/",
    "https://cats.example:0443/",
    "https://cats.example:65536/",
    "https://cats.example:443:443/",
    "https://127.1/",
    "https://127.0.0.1.1/",
    "https://0/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0X7F.0.0.0X1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://2130706433/",
    "https://256.0.0.1/",
    "https://[::1/",
    "https://::1/",
    "https://[::g]/",
    "https://[fe80::1%25eth0]/",
    "https://[127.0.0.1]/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/",
]


@pytest.mark.parametrize("url", FORMS)
def test_a_url_of_this_form_is_one(url: str) -> None:
    assert JobSpec(dataset=DATASET, webhook=url).webhook == plain_url(url) == url


@pytest.mark.parametrize("url", NO_FORMS)
def test_a_url_that_could_be_misread_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match=r"expected (https://host/path|an IP address)"):
        JobSpec(dataset=DATASET, webhook=url)


def test_a_url_has_an_end() -> None:
    longest = "https://cats.example/".ljust(2_000, "x")
    assert JobSpec(dataset=DATASET, webhook=longest).webhook == longest
    with pytest.raises(ValidationError, match="at most 2000 characters"):
        JobSpec(dataset=DATASET, webhook=longest + "x")


def test_a_job_needs_no_webhook() -> None:
    assert JobSpec(dataset=DATASET).webhook is None
