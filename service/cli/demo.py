"""What `purr demo` plays: a dataset uploaded, three networks trained, two pictures asked about."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from service.cli.client import Client
from service.cli.follow import expect, follow_job, follow_upload, wait_until_imported
from service.cli.render.datasets import counts_of
from service.cli.render.models import show_predictions
from service.cli.render.words import accuracy_with_interval, figure, percent
from service.cli.samples import draw_files, take_pictures
from service.cli.terminal import say, say_table
from worker.jsontypes import Json

SHARED: Json = {
    "optimizer": {"kind": "sgd", "learning_rate": 0.01},
    "batch_size": 64,
    "epochs": 100,
}
NETWORK: Json = SHARED | {"model": "classic-network", "network": {"hidden_units": [20, 7, 5]}}
LOGISTIC: Json = SHARED | {"model": "logistic-regression", "network": {"hidden_units": []}}
# A tenth of the recipe's epochs are enough for pictures as simple as the drawn ones.
PHOTOS: Json = {"model": "photos-network", "recipe": "photos", "epochs": 7}
JOBS = {"4-layer network": NETWORK, "logistic regression": LOGISTIC, "7 convolutions": PHOTOS}
WIDTH = max(map(len, JOBS))


def play(client: Client, folder: Path, data: Sequence[Path], epochs: int | None) -> None:
    """Do over HTTP what any user would; the folder is for drawn files and pictures."""
    if not data:
        say("Drawing pictures of cats and of other things.")
        data = draw_files(folder)
    dataset = _upload(client, data)
    say(f"Dataset {dataset['id']}: {counts_of(dataset)}.")
    say_table(
        ("", "training cost", "training accuracy", "test accuracy [95 % interval]", "took"),
        [_row(title, _train(client, dataset["id"], title, epochs)) for title in JOBS],
    )
    pictures = take_pictures(data, folder)
    if pictures:
        say(f"What {PHOTOS['model']} makes of pictures, and how sure it is:")
        answers = client.predict(PHOTOS["model"], pictures)
        show_predictions([picture.name for picture in pictures], answers)


def _upload(client: Client, files: Sequence[Path]) -> Json:
    uploaded = follow_upload(client, "demo", files)
    return expect("ready", wait_until_imported(client, uploaded.json["id"]).json)


def _train(client: Client, dataset: str, title: str, epochs: int | None) -> Json:
    spec = JOBS[title] | {"dataset": dataset} | ({"epochs": epochs} if epochs else {})
    job = client.submit(spec).json["id"]
    return expect("succeeded", follow_job(client, job, f"{title:{WIDTH}}").json)


def _row(title: str, job: Json) -> Sequence[object]:
    train, test = job["result"]["train"], job["result"].get("test") or {}
    return (
        title, figure(train["loss"]), percent(train["accuracy"]), accuracy_with_interval(test),
        f"{took_s(job):.0f} s",
    )  # fmt: skip


def took_s(job: Json) -> float:
    """How long a job has run, in seconds."""
    began, ended = (datetime.fromisoformat(job[name]) for name in ("started_at", "finished_at"))
    return (ended - began).total_seconds()
