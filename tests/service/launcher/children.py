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


def horses(launcher: Launcher, *workers: str) -> list[int]:
    """The processes that these workers have forked for what they do now."""
    found: list[int] = []
    for worker in (pid(launcher, name) for name in workers):
        found += map(int, Path(f"/proc/{worker}/task/{worker}/children").read_text().split())
    return found


def variables(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)
