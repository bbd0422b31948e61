"""Which keys may be set: strangers need one that cannot be guessed, and two are not the same."""

import re
from ipaddress import ip_address

from pydantic import SecretStr

MIN_KEY_LENGTH = 16
PRINT_ONE = "what `openssl rand -hex 32` prints"


def refuse_unshowable(key: SecretStr, name: str) -> None:
    """Refuse a key that no header can hold.

    Raises:
        ValueError: it has other characters than ASCII's, or a blank at an end.
    """
    if not re.fullmatch(r"[!-~]([ -~]*[!-~])?", key.get_secret_value()):
        raise ValueError(
            "Expected printable ASCII characters, no blank at an end: no other key could be "
            f"shown in a header; set {name} to {PRINT_ONE}."
        )


def refuse_strangers_without_a_key(host: str, key: SecretStr | None) -> None:
    """Refuse to listen where other machines can connect, without a long key.

    Raises:
        ValueError: there is none, or a short one.
    """
    length = len(key.get_secret_value()) if key else 0
    if not is_loopback(host) and length < MIN_KEY_LENGTH:
        found = f"has {length} characters" if key else "is not set"
        raise ValueError(
            f"A PURR_API_KEY of {MIN_KEY_LENGTH} characters or more is needed to listen on "
            f"{host}, where other machines can connect, and PURR_API_KEY {found}: "
            f"set it to {PRINT_ONE}, or set PURR_HOST=127.0.0.1."
        )


def refuse_a_weak_read_key(host: str, key: SecretStr | None, read_key: SecretStr) -> None:
    """Refuse a key to read with that lets its holders write, or that can be guessed.

    Raises:
        ValueError: there is no other key, or the same; or strangers can connect, and it is short.
    """
    if key is None or key == read_key:
        found = "there is none" if key is None else "both are the same"
        raise ValueError(
            f"Expected a PURR_API_KEY of its own beside PURR_READ_KEY, and {found}, so whoever may "
            f"only read could change everything: set PURR_API_KEY to {PRINT_ONE}."
        )
    if not is_loopback(host) and len(read_key.get_secret_value()) < MIN_KEY_LENGTH:
        raise ValueError(
            f"Expected a PURR_READ_KEY of {MIN_KEY_LENGTH} characters or more on {host}, where "
            f"other machines can connect, and it is shorter: set it to {PRINT_ONE}."
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        # A name can resolve to anything, and to something else tomorrow.
        return False
