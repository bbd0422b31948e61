"""`purr webhooks`: list, replay."""

from typing import Annotated

import typer

from service.cli.commands.connection import connected
from service.cli.commands.options import All, AsJson, Limit, most
from service.cli.names import job_id, webhook_id
from service.cli.render.lists import tell, tell_pages
from service.cli.render.webhooks import show_webhook, show_webhooks

app = typer.Typer(help="What was sent about jobs that ended.", no_args_is_help=True)


@app.command("list")
def list_(
    job: Annotated[
        str | None, typer.Option(help="Only that of this job: its id, or the model it trains.")
    ] = None,
    limit: Limit = 50,
    everything: All = False,
    as_json: AsJson = False,
) -> None:
    """List the webhooks of the last 30 days. Says why those that failed did."""
    with connected() as client:
        wanted = job_id(client, job) if job else None
        pages = client.webhooks(most(limit, everything), wanted)
        tell_pages(pages, show_webhooks, as_json)


@app.command()
def replay(
    webhook: Annotated[
        str, typer.Argument(help="Its id, or the job that it tells of, or the model of that job.")
    ],
    as_json: AsJson = False,
) -> None:
    """Send a webhook again, whatever became of it before."""
    with connected() as client:
        tell(client.replay(webhook_id(client, webhook)), show_webhook, as_json)
