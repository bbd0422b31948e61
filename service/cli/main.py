"""The command `purr`: starts the service, and talks to one over HTTP."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from service import __version__
from service.cli.commands import (
    about,
    audit,
    backbones,
    backup,
    compare,
    datasets,
    demo,
    errors,
    explain,
    jobs,
    keys,
    labels,
    lesson,
    live,
    models,
    predict,
    processes,
    schedules,
    score,
    sweeps,
    tensorboard,
    train,
    trained,
    verification,
    webhooks,
)
from service.cli.terminal import complain

# In the order in which --help lists them.
COMMANDS = (
    demo.demo, demo.sketches,
    processes.up, processes.api, processes.worker, backup.backup, backup.restore,
    train.train, about.recipes,
    jobs.retry, jobs.show, jobs.cancel, jobs.stop, jobs.pause, jobs.resume,
    jobs.metrics, tensorboard.tensorboard,
    sweeps.sweep, compare.compare, lesson.lesson, labels.label,
    predict.predict, live.feedback, explain.explain, score.score,
    trained.evaluation, errors.errors, trained.weights,
    audit.audit, about.limits, about.usage, about.retention, about.ready,
)  # fmt: skip

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(jobs.app, name="jobs")
app.add_typer(datasets.app, name="datasets")
models.app.command()(verification.verify)
app.add_typer(models.app, name="models")
app.add_typer(backbones.app, name="backbones")
app.add_typer(sweeps.app, name="sweeps")
app.add_typer(schedules.app, name="schedules")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(keys.app, name="keys")


def tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"purr {__version__}")
        raise typer.Exit


@app.callback(epilog="PURR_URL says where the service is, PURR_API_KEY what it asks for.")
def purr(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=tell_version, is_eager=True, help="Print the version and end."
        ),
    ] = False,
) -> None:
    """Train small neural networks over HTTP, and ask them."""


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name that the terminal's encoding lacks is no reason to say nothing.
            stream.reconfigure(errors="replace")
    try:
        app()
    except OSError as error:
        # A file or folder that was named cannot be used; the system says which and why.
        complain(str(error))
        sys.exit(processes.WRONG_USAGE)
