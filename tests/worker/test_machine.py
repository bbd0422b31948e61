"""How much memory there is: the machine's, or what the groups around a process leave of it."""

import sys
from pathlib import Path

import pytest

from worker import machine
from worker.machine import memory
from worker.settings import MOST_JOB_BYTES, OTHERS_BYTES, Settings, job_bytes

GB = 10**9


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the kernel would tell of groups; of none."""
    monkeypatch.setattr(machine, "GROUPS", tmp_path)
    monkeypatch.setattr(machine, "GROUPS_OF_ME", tmp_path / "cgroup")
    return tmp_path


def say(path: Path, text: str | int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for a second opinion")
@pytest.mark.usefixtures("groups")
def test_without_groups_it_is_the_machine() -> None:
    pages = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    assert memory() == 1024 * int(pages["MemTotal"].split()[0])


@pytest.mark.parametrize("where", ["", "system.slice", "system.slice/purr.service"])
def test_the_limit_of_any_group_around_it_counts(groups: Path, where: str) -> None:
    say(groups / "cgroup", "0::/system.slice/purr.service")
    say(groups / "system.slice" / "purr.service" / "memory.max", "max")
    say(groups / where / "memory.max", GB)
    assert memory() == GB


def test_groups_of_the_first_version_count_too(groups: Path) -> None:
    say(groups / "cgroup", "5:cpu,cpuacct:/a\n4:hugetlb,memory:/docker/b")
    say(groups / "cpu" / "memory.limit_in_bytes", 1)
    say(groups / "memory" / "memory.limit_in_bytes", 2 * GB)
    assert memory() == 2 * GB


def test_a_container_that_sees_its_own_group_as_the_root_has_its_limit(groups: Path) -> None:
    say(groups / "cgroup", "0::/")
    say(groups / "memory.max", GB)
    assert memory() == GB


@pytest.mark.parametrize(
    ("there", "workers", "left"),
    [
        (64 * 2**30, 1, MOST_JOB_BYTES),
        (64 * 2**30, 16, 63 * 2**30 // 16),
        (4 * 2**30, 1, 4 * 2**30 - OTHERS_BYTES),
        (4 * 2**30, 3, 2**30),
        (2**30, 1, 3 * 2**28),
    ],
)
def test_jobs_may_have_what_others_leave(
    there: int, workers: int, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.settings.memory", lambda: there)
    assert job_bytes(workers) == left


def test_a_job_may_have_what_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().max_job_bytes == job_bytes()
    monkeypatch.setenv("PURR_MAX_JOB_BYTES", "123")
    assert Settings().max_job_bytes == 123
