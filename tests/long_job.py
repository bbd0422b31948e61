"""The metrics of a job of very many epochs, and how much memory a process has taken."""

import re
from pathlib import Path

EPOCHS = 1_000_000


def metrics_file(root: Path, job: str, attempt: int = 1) -> Path:
    """Where a store in this folder has the metrics of an attempt."""
    return root / "jobs" / job / f"metrics.{attempt}.jsonl"


def write_long(path: Path) -> Path:
    """Write a row for every epoch; nothing is said in it of the layers."""
    rows = (b'{"epoch":%d,"loss":0.69314718056,"layers":null}\n' % n for n in range(1, EPOCHS + 1))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(rows))
    return path


def most_kib(process: str = "self") -> int:
    """The most memory that the process of this number has ever had."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+)", status)[0])
