"""`purr demo` and `purr sketches`: for whoever has nothing yet."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated

import typer

from service.cli.commands.connection import UNREACHABLE, complaining
from service.cli.commands.processes import read_settings
from service.cli.terminal import complain, remark, say


def demo(
    data: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            help="Your photos in a folder or zip, or file of arrays; again for a second.",
        ),
    ] = None,
    backbone: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="A network in ONNX, to learn from its features."
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Go on running until Ctrl-C.")] = False,
    epochs: Annotated[int | None, typer.Option(min=1, help="Instead of the demo's own.")] = None,
) -> None:
    """Train networks on drawn pictures or on yours, ask the last of them, and stop."""
    from service.cli.client import Client
    from service.cli.demo import play

    with TemporaryDirectory(prefix="purr-demo-") as name, _running(Path(name)) as address:
        say(f"Purrceptron runs at {address}.")
        with complaining(), Client(address) as client:
            asked = play(client, Path(name), data or [], backbone, epochs)
        if keep:
            _wait_for_the_end(address, asked, "--backbone demo" if backbone else "--hidden 64,16")


def sketches(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Is made if it is not there.")],
) -> None:
    """Draw train.h5, test.h5, cat.png and other.png to try with."""
    from service.cli.samples import draw_files, take_pictures

    if folder.exists() and any(folder.iterdir()):
        raise typer.BadParameter(f"Expected an empty folder or a new one, got {folder}.")
    folder.mkdir(parents=True, exist_ok=True)
    files = draw_files(folder)
    for path in (*files, *take_pictures(files, folder, {})):
        say(str(path))


@contextmanager
def _running(folder: Path) -> Iterator[str]:
    """The address of a service of this command's own."""
    from service.launcher.launcher import Launcher
    from service.launcher.process import CannotStart

    settings = read_settings({"data_dir": folder / "data", "host": "127.0.0.1", "port": 0})
    # The demo is nobody else's business: neither the user's Redis nor the user's key.
    settings = settings.model_copy(update={"redis_url": None, "api_key": None})
    stop = threading.Event()
    signal.signal(signal.SIGTERM, _leave)
    try:
        with Launcher(settings) as service:
            watch = threading.Thread(target=service.watch, args=[stop])
            watch.start()
            try:
                yield service.address
            finally:
                stop.set()
                watch.join()
    except CannotStart as error:
        complain(str(error))
        raise typer.Exit(UNREACHABLE) from error


def _leave(number: int, frame: FrameType | None) -> None:
    # As an exception, so that everything that was started is stopped on the way out.
    sys.exit(128 + number)


def _wait_for_the_end(address: str, model: str, network: str) -> None:
    say(f"""
It runs until Ctrl-C. In another terminal:
  export PURR_URL={address}
  purr models list
  purr predict {model} PICTURE.jpg
  purr train --dataset demo --model mine {network}""")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        remark("Stopping.")
