"""A job is described by a form made from its schema, by JSON, or by what another job was."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from service.launcher.launcher import Launcher
from tests.page.conftest import Visit, looked_at
from tests.service.api import Api
from worker.jsontypes import Json

MEASURED_MS = 30_000


@pytest.fixture
def typing(browser: Browser, launcher: Launcher) -> Iterator[Visit]:
    """A window of somebody who also types what the service refuses."""
    yield from looked_at(browser, launcher.address, wanted=("422",))


def new_job(visit: Visit, dataset: str, more: str = "") -> Page:
    """The form once it is told what such a job would take."""
    page = visit.go(f"/jobs/new?dataset={dataset}{more}")
    expect(page.locator(".figures")).to_be_visible(timeout=MEASURED_MS)
    return page


def unfolded(page: Page) -> Page:
    page.evaluate("for (const group of document.querySelectorAll('details')) group.open = true")
    return page


def field(page: Page, pointer: str) -> Locator:
    return page.locator(f"[id='spec{pointer.replace('/', '-')}']")


def sent(page: Page) -> Json:
    """What will be sent."""
    return json.loads(page.get_by_label("As JSON").input_value())  # type: ignore[no-any-return]


def test_every_field_of_the_schema_has_its_advice(visit: Visit, api: Api, dataset: str) -> None:
    page = unfolded(new_job(visit, dataset))
    schema = api.http.get("/v1/schema/job").json()
    elsewhere = {"dataset", "recipe", "regularization", "augmentation"}
    for name, about in schema["properties"].items():
        if name not in elsewhere:
            expect(field(page, f"/{name}")).to_be_visible()
            expect(page.get_by_text(about.get("description", "")[:60]).first).to_be_visible()
    for pointer in ("/augmentation/zoom", "/regularization/l2", "/optimizer/weight_decay"):
        expect(field(page, pointer)).to_be_visible()
    visit.is_for_everybody()
    visit.picture("new-job-unfolded")


def test_what_counts_is_told_where_nothing_is_said(visit: Visit, dataset: str) -> None:
    page = unfolded(new_job(visit, dataset))
    expect(page.get_by_role("radio", name="photos")).to_be_checked()
    expect(field(page, "/optimizer/learning_rate")).to_have_attribute("placeholder", "0.003")
    page.get_by_role("radio", name="classic").check()
    expect(field(page, "/optimizer/learning_rate")).to_have_attribute("placeholder", "0.001")
    expect(field(page, "/network")).to_contain_text("as it comes: dense")
    field(page, "/optimizer").select_option("momentum")
    expect(field(page, "/optimizer/weight_decay")).to_have_count(0)
    field(page, "/optimizer/beta").fill("0.5")
    field(page, "/network/hidden_units").fill("12, 6")
    field(page, "/class_weights").select_option("balanced")
    field(page, "/batch_size").fill("all")
    field(page, "/early_stopping").select_option("given")
    field(page, "/augmentation/flip").select_option("yes")
    found = sent(page)
    assert found["optimizer"] == {"kind": "momentum", "beta": 0.5}
    assert found["network"] == {"kind": "dense", "hidden_units": [12, 6]}
    assert [found[name] for name in ("class_weights", "batch_size", "early_stopping")] == [
        "balanced",
        "all",
        {},
    ]
    assert found["augmentation"] == {"flip": True}
    field(page, "/network/hidden_units").fill("")
    field(page, "/augmentation/flip").select_option("")
    assert "augmentation" not in sent(page)
    assert sent(page)["network"] == {"kind": "dense"}


def test_json_and_form_say_the_same(visit: Visit, dataset: str) -> None:
    page = unfolded(new_job(visit, dataset, "&recipe=classic"))
    field(page, "/epochs").fill("7")
    assert sent(page)["epochs"] == 7
    typed = {
        **sent(page),
        "epochs": 9,
        "optimizer": {"kind": "sgd", "learning_rate": 0.5},
        "unsure": None,
    }
    written = json.dumps(typed, separators=(",", ":"))
    page.get_by_label("As JSON").fill(written)
    expect(field(page, "/epochs")).to_have_value("9")
    expect(field(page, "/optimizer")).to_have_value("sgd")
    expect(field(page, "/optimizer/learning_rate")).to_have_value("0.5")
    expect(field(page, "/unsure")).to_have_value("none")
    expect(page.locator("pre")).to_contain_text(
        f"""curl -X POST -H "Content-Type: application/json" -d '{written}'"""
    )
    page.get_by_label("As JSON").fill('{"epochs": ')
    expect(page.locator("#spec-text-wrong")).to_contain_text("no JSON yet")
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_role("alert")).to_contain_text("no JSON yet")
    expect(page).to_have_url(f"{visit.address}/#/jobs/new?dataset={dataset}&recipe=classic")


def test_errors_land_beside_their_fields(typing: Visit, dataset: str) -> None:
    page = new_job(typing, dataset, "&recipe=classic")
    for group in ("Network", "Learning"):
        page.locator("summary").filter(has_text=group).first.click()
    field(page, "/optimizer/learning_rate").fill("-1")
    field(page, "/network/hidden_units").fill("3, 0")
    expect(field(page, "/network/hidden_units")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[id='spec-optimizer-learning_rate-wrong']")).to_contain_text(
        "greater than 0"
    )
    expect(page.locator("[id='spec-network-hidden_units-wrong']")).to_contain_text(
        "greater than or equal to 1"
    )
    expect(page.get_by_text("once what is marked is mended")).to_be_visible()
    typing.is_for_everybody()
    typing.picture("new-job-wrong")
    for group in ("Network", "Learning"):
        page.locator("summary").filter(has_text=group).first.click()
    page.get_by_role("button", name="Train").click()
    expect(field(page, "/network/hidden_units")).to_be_visible()
    assert sent(page)["network"] == {"kind": "dense", "hidden_units": [3, 0]}
    field(page, "/optimizer/learning_rate").fill("0.01")
    field(page, "/network/hidden_units").fill("3")
    expect(field(page, "/network/hidden_units")).not_to_have_attribute("aria-invalid", "true")


def test_who_clicks_twice_has_one_job(visit: Visit, api: Api, dataset: str) -> None:
    page = new_job(visit, dataset, "&recipe=classic")
    name = f"twice-{uuid4().hex[:8]}"
    field(page, "/model").fill(name)
    field(page, "/epochs").fill("2")
    asked: list[str] = []

    def heard(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/v1/jobs"):
            asked.append(request.headers["idempotency-key"])

    page.on("request", heard)
    page.locator("form.new-job").evaluate("form => [1, 2].forEach(() => form.requestSubmit())")
    page.wait_for_url("**/jobs/job_*")
    jobs = api.http.get("/v1/jobs", params={"model": name}).json()["data"]
    assert [job["id"] for job in jobs] == [page.url.rpartition("/")[2]]
    assert len(asked) == 2
    assert len({*asked}) == 1


def test_a_job_begins_where_another_ended(visit: Visit, api: Api, dataset: str) -> None:
    job = api.submit(
        dataset=dataset,
        model="before",
        epochs=4,
        recipe="classic",
        optimizer={"learning_rate": 0.01},
    )
    page = unfolded(new_job(visit, dataset, f"&from={job['id']}"))
    found = sent(page)
    assert {name: found[name] for name in ("recipe", "model", "epochs", "parent")} == {
        "recipe": "classic", "model": "before", "epochs": 4, "parent": job["id"]
    }  # fmt: skip
    assert found["optimizer"]["learning_rate"] == 0.01
    assert "network" not in found
    visit.picture("new-job")


def test_another_dataset_has_its_own_recipe(
    visit: Visit, api: Api, dataset: str, tmp_path: Path
) -> None:
    lines = [f"{i % 9},{'cat' if i % 2 else 'dog'}" for i in range(60)]
    (tmp_path / "rows.csv").write_text("\n".join(["age,label", *lines]))
    table = api.upload([tmp_path / "rows.csv"], name="Rows of mine")["id"]
    page = new_job(visit, dataset)
    expect(page.get_by_role("radio", name="photos")).to_be_checked()
    page.get_by_label("Dataset").select_option(table)
    expect(page.get_by_role("radio", name="table")).to_be_checked(timeout=MEASURED_MS)
    expect(page.get_by_role("radio", name="photos")).to_be_hidden()
    expect(field(page, "/model")).to_have_value("rows-of-mine")
