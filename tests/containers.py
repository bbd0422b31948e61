"""Dockerfile and docker-compose.yml, read as Docker would."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
SECRETS = {"PURR_API_KEY": "a" * 64, "VALKEY_PASSWORD": "b" * 64}


class Instruction(NamedTuple):
    """One line of the Dockerfile, as `RUN` and what follows it."""

    word: str
    text: str


def stages() -> dict[str, list[Instruction]]:
    """The Dockerfile's stages by name, each with those it is built on in front."""
    found: dict[str, list[Instruction]] = {}
    lines = (line for line in (ROOT / "Dockerfile").read_text().splitlines() if line[:1] != "#")
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, text = line.partition(" ")
        if word == "FROM":
            parent, _, name = text.partition(" AS ")
            stage = found[name] = list(found.get(parent, [Instruction("FROM", parent)]))
        elif word:
            stage.append(Instruction(word, text.strip()))
    return found


def last(stage: str, word: str) -> str:
    return [text for said, text in stages()[stage] if said == word][-1]


def all_of(word: str) -> list[str]:
    return sorted({text for stage in stages().values() for said, text in stage if said == word})


def compose(environ: Mapping[str, str]) -> dict[str, Any]:
    """The compose file, variables filled in as Docker does; KeyError for one that is missing."""

    def fill(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match["sign"] == ":?":
            return environ[match["name"]]
        return environ.get(match["name"]) or match["default"]

    variable = r"\$\$|\$\{(?P<name>\w+)(?P<sign>:[?-])(?P<default>[^}]*)\}"
    text = re.sub(variable, fill, (ROOT / "docker-compose.yml").read_text())
    found: dict[str, Any] = yaml.safe_load(text)
    return found


SERVICES: dict[str, dict[str, Any]] = compose(SECRETS)["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def environment(service: str) -> dict[str, str]:
    """The variables of a service of ours: its image's, then its own."""
    image = [text for word, text in stages()[SERVICES[service]["build"]["target"]] if word == "ENV"]
    pairs = (pair.split("=", 1) for text in image for pair in shlex.split(text))
    return dict(pairs) | {
        name: str(value) for name, value in SERVICES[service]["environment"].items()
    }


def health_check(stage: str) -> list[str]:
    """The command by which Docker asks whether a container of this image is well."""
    command: list[str] = json.loads(last(stage, "HEALTHCHECK").partition(" CMD ")[2])
    return command


def command_line(stage: str, given: Sequence[str] | None = None) -> tuple[str, ...]:
    """What a container of this image runs.

    Args:
        given: in the place of the image's own arguments; None: those.
    """
    own = [text for word, text in stages()[stage] if word == "CMD"]
    entry = json.loads(last(stage, "ENTRYPOINT"))
    return (*entry, *(json.loads(own[-1]) if given is None and own else given or ()))


def bytes_of(size: str | int) -> int:
    """What Docker makes of a size, as 2g or 2147483648."""
    units: dict[str, int] = {"m": 2**20, "g": 2**30}
    text = str(size)
    return int(text.rstrip("mg")) * units.get(text[-1], 1)
