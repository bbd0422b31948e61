"""Variables of the environment that are called like settings and are none."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from service.settings import ServiceSettings

PREFIX = "PURR_"
OTHERS = ("PURR_URL",)  # which the command reads when it talks to a service


def complaints(names: Iterable[str]) -> Iterator[str]:
    """A sentence for each that nothing reads, with the one that was probably meant."""
    known = [*(f"{PREFIX}{field}".upper() for field in ServiceSettings.model_fields), *OTHERS]
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = get_close_matches(name.upper(), known, n=1)
            meant = f"did you mean {near[0]}?" if near else "docs/configuration.md lists them all."
            yield f"{name} is set, and is no setting; {meant}"
