"""A launcher's children: found by their names, with what they were told."""

from pathlib import Path
from typing import Any

from service.launcher.launcher import Launcher
from service.launcher.process import Child
from service.settings import ServiceSettings


def settings(folder: Path, **changed: Any) -> ServiceSettings:
    values: dict[str, Any] = {"port": 0, "data_dir": folder} | changed
    return ServiceSettings(**values)


def child(launcher: Launcher, name: str) -> Child:
    (found,) = [child for child in launcher.supervisor.children if child.name == name]
    return found


def pid(launcher: Launcher, name: str) -> int:
    process = child(launcher, name).process
    assert process is not None
    return process.pid


def variables(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)
