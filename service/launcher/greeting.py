"""What `purr up` says once it is up."""

from pathlib import Path


def greeting(address: str, data_dir: Path) -> str:
    """Where the service, its documentation, its data and its logs are."""
    return (
        f"Purrceptron is up at {address} — Ctrl-C stops it\n"
        f"  docs  {address}/docs\n"
        f"  data  {data_dir}\n"
        f"  logs  {data_dir / 'logs'}"
    )
