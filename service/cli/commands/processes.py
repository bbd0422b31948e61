"""`purr up`, `purr api` and `purr worker`: the processes of the service itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from service.cli.terminal import complain

if TYPE_CHECKING:
    from service.settings import ServiceSettings

WRONG_USAGE, CANNOT_START = 2, 3

Host: TypeAlias = Annotated[str | None, typer.Option(help="PURR_HOST, the address to listen on.")]
Port: TypeAlias = Annotated[int | None, typer.Option(help="PURR_PORT; 0: any free one.")]
DataDir: TypeAlias = Annotated[
    Path | None, typer.Option(help="PURR_DATA_DIR, the folder that everything is kept in.")
]
Workers: TypeAlias = Annotated[int | None, typer.Option(help="PURR_WORKERS, jobs at a time.")]
Threads: TypeAlias = Annotated[
    int | None, typer.Option(help="PURR_WORKER_THREADS of each job; 0: all cores.")
]
Open: TypeAlias = Annotated[
    bool, typer.Option("--open", help="Open its page in a browser once it is ready.")
]
Queue: TypeAlias = Annotated[Literal["train", "import"], typer.Option(help="What it works on.")]


def up(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    workers: Workers = None,
    worker_threads: Threads = None,
    opens: Open = False,
) -> None:
    """Run the whole service on this machine until Ctrl-C."""
    options = {"host": host, "port": port, "data_dir": data_dir}
    settings = read_settings(options | {"workers": workers, "worker_threads": worker_threads})
    from service.cli.browser import open_page
    from service.launcher.up import run_until_signal

    raise typer.Exit(run_until_signal(settings, once_up=open_page if opens else None))


def api(host: Host = None, port: Port = None) -> None:
    """Run the HTTP API alone; Redis is at PURR_REDIS_URL."""
    settings = _with_redis(read_settings({"host": host, "port": port}))
    from service.app import serve
    from service.launcher.process import CannotStart

    try:
        serve(settings)
    except CannotStart as error:
        complain(str(error))
        raise typer.Exit(CANNOT_START) from error


def worker(queue: Queue = "train") -> None:
    """Run one worker alone; Redis is at PURR_REDIS_URL."""
    settings = _with_redis(read_settings({}))
    from worker.nn.engines.cpu.cache import cuda_place
    from worker.system.kernel_folder import claim

    os.environ.update(cuda_place(settings.data_dir), PURR_KERNEL_DIR=str(settings.kernel_dir))
    try:
        claim(settings.kernel_dir)
    except OSError as error:
        complain(str(error))
        raise typer.Exit(CANNOT_START) from error
    from worker.__main__ import run

    raise typer.Exit(run(queue, settings))


def read_settings(options: Mapping[str, object]) -> ServiceSettings:
    """The PURR_* variables, outranked by the options that are given."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from service.cli.variables import complaints
    from service.settings import ServiceSettings

    for complaint in complaints(os.environ):
        complain(complaint)
    given: Any = {name: value for name, value in options.items() if value is not None}
    try:
        return ServiceSettings(**given)
    except SettingsError as error:
        complain(f"{error}.")
    except ValidationError as error:
        # Without the values: one of them may be the key.
        for fault in error.errors(include_input=False, include_context=False):
            complain(_sentence(fault["loc"], fault["msg"]))
    raise typer.Exit(WRONG_USAGE)


def _with_redis(settings: ServiceSettings) -> ServiceSettings:
    if settings.redis_url:
        return settings
    complain("PURR_REDIS_URL is not set. Set it, or start everything with `purr up`.")
    raise typer.Exit(WRONG_USAGE)


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"PURR_{str(place[0]).upper()}: {message}." if place else message
