"""What `purr demo` plays: a dataset uploaded, networks trained, two pictures asked about."""

from collections.abc import Sequence
from csv import DictReader
from datetime import datetime
from io import StringIO
from pathlib import Path

from service.cli.asked_model import Asked
from service.cli.client import Client
from service.cli.follow import (
    expect,
    follow_job,
    follow_upload,
    wait_until_imported,
    wait_until_tried,
)
from service.cli.render.datasets import counts_of
from service.cli.render.predictions import show_predictions
from service.cli.render.words import accuracy_with_interval, figure, finding_fields, percent
from service.cli.samples import draw_files, take_pictures
from service.cli.terminal import say, say_fields, say_table
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
NAME = "demo"  # of the dataset, and of the backbone
HEAD: Json = {"model": "backbone-network", "recipe": "backbone", "backbone": NAME}

# The last of each is asked about pictures.
FROM_NOTHING = {
    "4-layer network": NETWORK,
    "logistic regression": LOGISTIC,
    "7 convolutions": PHOTOS,
}
BY_A_BACKBONE = {"4-layer network": NETWORK, "backbone's features": HEAD}
WIDTH = max(map(len, FROM_NOTHING | BY_A_BACKBONE))


def play(
    client: Client, folder: Path, data: Sequence[Path], backbone: Path | None, epochs: int | None
) -> str:
    """Do over HTTP what any user would; the folder is for drawn files and pictures.

    Returns the name of the model that was asked.
    """
    jobs = FROM_NOTHING
    if backbone:
        _add(client, backbone)
        jobs = BY_A_BACKBONE
    if not data:
        say("Drawing pictures of cats and of other things.")
        data = draw_files(folder)
    dataset = _upload(client, data)
    trained = {
        title: _train(client, title, spec | {"dataset": dataset["id"]}, epochs)
        for title, spec in jobs.items()
    }
    say_table(
        ("", "training cost", "training accuracy", "test accuracy [95 % interval]", "took"),
        [_row(title, job) for title, job in trained.items()],
    )
    *_, asked = trained.values()
    model = str(asked["model"]["name"])
    if test := asked["result"].get("test"):
        _say_reached(model, test)
    if pictures := take_pictures(data, folder, _test_photos(client, dataset["id"])):
        say(f"What {model} makes of a test picture of each class, and how sure it is:")
        show_predictions(
            [picture.name for picture in pictures], client.predict(Asked(model), pictures)
        )
    return model


def _add(client: Client, file: Path) -> None:
    say(f"Adding the backbone {file.name}.")
    uploaded = follow_upload(client, NAME, [file], kind="backbones")
    backbone = expect("ready", wait_until_tried(client, uploaded).json)
    height, width = backbone["input"]["size"]
    say(f"It makes {backbone['features']} features of a picture of {height} x {width}.")


def _upload(client: Client, files: Sequence[Path]) -> Json:
    uploaded = follow_upload(client, NAME, files)
    dataset = expect("ready", wait_until_imported(client, uploaded).json)
    say(f"Dataset {dataset['id']}: {counts_of(dataset)}.")
    say_fields(finding_fields(dataset))
    return dataset


def _test_photos(client: Client, dataset: str) -> dict[str, str]:
    """For each class the name of the first photo that no model learned from."""
    lines = StringIO(b"".join(client.split(dataset)).decode(), newline="")
    photos: dict[str, str] = {}
    for row in DictReader(lines):
        if row["split"] == "test" and row["source"]:
            photos.setdefault(row["label"], row["source"])
    return photos


def _say_reached(model: str, test: Json) -> None:
    low, high = map(percent, test["accuracy_interval"])
    say(
        f"{model} is right on {percent(test['accuracy'])} of {test['rows']} test pictures, from "
        f"which it did not learn; of many more, nineteen times of twenty, on {low} to {high}."
    )


def _train(client: Client, title: str, spec: Json, epochs: int | None) -> Json:
    job = client.submit(spec | ({"epochs": epochs} if epochs else {})).json["id"]
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
