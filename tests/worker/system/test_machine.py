"""How much memory and how many cores there are: the machine's, or what the groups around a process
leave of them."""

import os
import sys
from pathlib import Path

import pytest

from worker.settings import MOST_JOB_BYTES, OTHERS_BYTES, Settings, job_bytes
from worker.system import machine
from worker.system.machine import cores, memory, whose_cores

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


@pytest.fixture
def affinity(monkeypatch: pytest.MonkeyPatch) -> int:
    """A process that may run on eight processors, wherever the tests run."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    return 8


@pytest.mark.usefixtures("groups")
def test_without_groups_all_cores_are_there_that_the_process_may_run_on(affinity: int) -> None:
    assert cores() == affinity


@pytest.mark.usefixtures("groups")
def test_where_the_system_tells_no_affinity_it_is_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert cores() == os.cpu_count()


@pytest.mark.parametrize("where", ["", "system.slice", "system.slice/purr.service"])
@pytest.mark.parametrize(
    ("limit", "left"),
    [
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("90000 20000", 5),
        ("9900000 100000", 8),
        ("max 100000", 8),
    ],
)
@pytest.mark.usefixtures("affinity")
def test_a_group_gives_cores_as_it_gives_time_rounded_up(
    groups: Path, where: str, limit: str, left: int
) -> None:
    say(groups / "cgroup", "0::/system.slice/purr.service")
    say(groups / where / "cpu.max", limit)
    assert cores() == left


@pytest.mark.usefixtures("affinity")
def test_the_group_that_gives_least_counts(groups: Path) -> None:
    say(groups / "cgroup", "0::/a/b")
    say(groups / "a" / "cpu.max", "300000 100000")
    say(groups / "a" / "b" / "cpu.max", "max 100000")
    say(groups / "cpu.max", "500000 100000")
    assert cores() == 3


@pytest.mark.parametrize(("quota_us", "left"), [(250_000, 3), (-1, 8)])
@pytest.mark.usefixtures("affinity")
def test_groups_of_the_first_version_give_cores_too(groups: Path, quota_us: int, left: int) -> None:
    say(groups / "cgroup", "5:cpu,cpuacct:/docker/b\n4:memory:/c")
    for place, quota in (("cpu/docker/b", quota_us), ("memory/c", 1)):
        say(groups / place / "cpu.cfs_quota_us", quota)
        say(groups / place / "cpu.cfs_period_us", 100_000)
    assert cores() == left


def test_who_may_run_on_the_same_cores_shares_them(
    groups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set()
    for own in ({0, 1}, {1, 0}, {2, 3}):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, own=own: own, raising=False)
        names.add(whose_cores())
    assert len(names) == 2


@pytest.mark.usefixtures("affinity")
def test_another_machine_has_other_cores(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {whose_cores()}
    for boot in ("one", "another"):
        say(groups / "boot", boot)
        monkeypatch.setattr(machine, "BOOT", groups / "boot")
        names.add(whose_cores())
    assert len(names) == 3


@pytest.mark.usefixtures("affinity")
def test_who_is_in_a_group_with_less_time_shares_with_nobody_else(groups: Path) -> None:
    """Both see their own group as the root, as containers do."""
    names = {whose_cores()}
    for container in ("a", "b", "a"):
        say(groups / "cgroup", f"0::/{container}")
        say(groups / container / "cpu.max", "200000 100000")
        names.add(whose_cores())
    assert len(names) == 3


@pytest.mark.usefixtures("affinity")
def test_a_group_that_may_use_all_of_the_time_changes_nothing(groups: Path) -> None:
    without = whose_cores()
    say(groups / "cgroup", "0::/a")
    say(groups / "a" / "cpu.max", "800000 100000")
    assert whose_cores() == without


@pytest.mark.parametrize("said", ["", "much", "100000", "100000 0"])
@pytest.mark.usefixtures("affinity")
def test_what_a_group_says_in_no_known_words_takes_no_core_away(groups: Path, said: str) -> None:
    say(groups / "cgroup", "0::/")
    say(groups / "cpu.max", said)
    assert cores() == 8


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
