"""Models are asked as people do it: by pictures from anywhere, a form, rows; and corrected."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.page.conftest import Visit, long
from tests.service.api import Api
from worker.jsontypes import Json

MODEL = "asked"
TABLE = "asked-table"


@pytest.fixture(scope="module")
def model(api: Api, dataset: str) -> Json:
    """Version 2 of a model of pictures, which may be unsure."""
    api.train(dataset=dataset, model=MODEL, epochs=1)
    api.train(dataset=dataset, model=MODEL, epochs=2, promote="always", validation_fraction=0.25)
    return api.http.get(f"/v1/models/{MODEL}/versions/2").json()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def table(api: Api, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of a table with numbers and texts."""
    file: Path = tmp_path_factory.mktemp("table") / "animals.csv"
    rows = [f"{age},{('red', 'black')[age % 2]},{('cat', 'dog')[age % 2]}" for age in range(40)]
    file.write_text("\n".join(["age,colour,label", *rows]))
    api.train(dataset=api.upload([file])["id"], model=TABLE, epochs=2)
    return TABLE


def picture(api: Api, model: Json, row: int) -> FilePayload:
    path = f"/v1/datasets/{model['dataset']['id']}/rows/{row}.png?split=test"
    sent = api.http.get(path).raise_for_status().content
    return {"name": f"{row}.png", "mimeType": "image/png", "buffer": sent}


def asked(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))


def test_a_picture_is_answered_explained_and_compared(visit: Visit, model: Json, api: Api) -> None:
    page = visit.go(f"/try?model={MODEL}")
    sent = picture(api, model, 0)
    page.get_by_label("Pictures", exact=True).locator("input").set_input_files([sent])
    form = {"image": (sent["name"], sent["buffer"])}
    said = api.http.post(f"/v1/models/{MODEL}/predict", files=form).json()["predictions"][0]
    card = asked(page, "0.png")
    expect(card).to_contain_text(said["label"])
    expect(card).to_contain_text(f"{100 * said['probability']:.1f} %")
    expect(page.get_by_text("Version 2 answered, the champion")).to_be_visible()
    heat = card.get_by_role("img", name="as the model sees it")
    expect(heat).to_be_visible()
    expect(card.get_by_role("img", name="Training row")).to_have_count(6)
    other = next(name for name in said["probabilities"] if name != said["label"])
    card.get_by_label("What is explained of 0.png").select_option(other)
    expect(card.get_by_role("img", name=f"most speaks for {other}")).to_be_visible()
    visit.is_for_everybody()
    visit.picture("try")
    page.get_by_label("Who answers").select_option("version 1")
    expect(page.get_by_text("Version 1 answered.")).to_be_visible()
    expect(asked(page, "0.png").get_by_text("Asking")).to_have_count(0)


def test_several_come_at_once_and_one_of_them_cannot_be_read(
    visit: Visit, model: Json, api: Api
) -> None:
    page = visit.go(f"/try?model={MODEL}")
    text: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    files = [picture(api, model, 1), text, picture(api, model, 2)]
    page.get_by_label("Pictures", exact=True).locator("input").set_input_files(files)
    expect(asked(page, "notes.txt").get_by_role("alert")).to_contain_text("Expected a JPEG, PNG")
    for name in ("1.png", "2.png"):
        expect(asked(page, name).get_by_role("button", name="Why?")).to_be_visible()
    page.get_by_role("button", name="Forget these pictures").click()
    expect(page.get_by_role("button", name="Why?")).to_have_count(0)


COME = """([how, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], `${how}.png`, { type: "image/png" }));
  const said = { bubbles: true, cancelable: true };
  document.querySelector("main").dispatchEvent(how === "paste"
    ? new ClipboardEvent("paste", { ...said, clipboardData: held })
    : new DragEvent("drop", { ...said, dataTransfer: held }));
}"""


def test_pictures_are_pasted_and_dropped(visit: Visit, model: Json, api: Api) -> None:
    page = visit.go(f"/try?model={MODEL}")
    data = base64.b64encode(picture(api, model, 3)["buffer"]).decode()
    for how in ("paste", "drop"):
        page.evaluate(COME, [how, data])
        expect(asked(page, f"{how}.png").get_by_role("button", name="Why?")).to_be_visible()


def test_a_picture_is_taken_with_the_camera(visit: Visit, model: Json) -> None:
    visit.page.context.grant_permissions(["camera"])
    page = visit.go(f"/try?model={MODEL}")
    assert page.locator("video").count() == 0  # nobody is filmed who has not asked for it
    page.get_by_role("button", name="Use the camera").click()
    expect(page.locator("video")).to_have_js_property("readyState", 4)
    page.get_by_role("button", name="Take a picture").click()
    expect(asked(page, "camera-1.jpg").get_by_role("button", name="Why?")).to_be_visible()
    page.get_by_role("button", name="Close the camera").click()
    expect(page.locator("video")).to_have_count(0)


def test_without_a_secure_context_it_is_said_why_there_is_no_camera(
    visit: Visit, model: Json
) -> None:
    visit.page.add_init_script(
        "Object.defineProperty(window, 'isSecureContext', { value: false });"
        "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
    )
    page = visit.go(f"/try?model={MODEL}")
    page.get_by_role("button", name="Use the camera").click()
    expect(page.get_by_text("over HTTPS, or from this machine")).to_be_visible()


@long
def test_a_correction_becomes_a_version_of_the_dataset(visit: Visit, model: Json, api: Api) -> None:
    page = visit.go(f"/try?model={MODEL}")
    sent = picture(api, model, 4)
    page.get_by_label("Pictures", exact=True).locator("input").set_input_files([sent])
    asked(page, "4.png").get_by_label("This is a").select_option(model["classes"][1])
    page.get_by_role("button", name="Add them to the dataset").click()
    link = page.get_by_role("link", name="look at it")
    link.wait_for(timeout=60_000)
    made = (link.get_attribute("href") or "").rpartition("/")[2]
    before = api.http.get(f"/v1/datasets/{model['dataset']['id']}").json()["splits"]
    after = api.http.get(f"/v1/datasets/{made}").json()["splits"]
    rows = before["train"]["rows"]
    assert after["train"]["rows"] == rows + 1
    assert after["test"] == before["test"]
    added = api.http.get(f"/v1/datasets/{made}/rows/{rows}").json()
    assert added["label"] == model["classes"][1]
    assert api.http.get(added["picture"]).content == sent["buffer"]
    expect(page.get_by_role("button", name="Add them to the dataset")).to_be_hidden()
    visit.is_for_everybody()


def test_pictures_may_come_as_numbers(visit: Visit, model: Json, api: Api) -> None:
    grey = [128] * (64 * 64 * 3)
    page = visit.go(f"/try?model={MODEL}&version=1")
    page.get_by_text("Or ask by numbers").click()
    page.get_by_label("Rows of numbers").fill(", ".join(map(str, grey)))
    page.get_by_role("button", name="Ask", exact=True).click()
    path = f"/v1/models/{MODEL}/versions/1/predict"
    said = api.http.post(path, json={"rows": [grey]}).json()["predictions"][0]
    expect(page.get_by_role("group")).to_contain_text(f"{100 * said['probability']:.1f} %")


def test_a_table_is_asked_by_its_columns(visit: Visit, table: str, api: Api) -> None:
    page = visit.go(f"/try?model={table}")
    page.get_by_label("age", exact=True).fill("3")
    page.get_by_label("colour", exact=True).select_option("black")
    page.get_by_role("button", name="Ask", exact=True).click()
    json = {"rows": [{"age": 3, "colour": "black"}]}
    said = api.http.post(f"/v1/models/{table}/predict", json=json).json()["predictions"][0]
    one = page.get_by_role("region", name="One row")
    expect(one).to_contain_text(f"{100 * said['probability']:.1f} %")
    page.get_by_label("Rows", exact=True).fill('colour;age\n"red";4\ngreen;5\n;6')
    page.get_by_role("button", name="Ask about these rows").click()
    many = page.get_by_role("region", name="Answers")
    expect(many.get_by_role("row")).to_have_count(4)
    expect(many.get_by_role("row").nth(2)).to_contain_text("green")
    many.get_by_role("row").nth(1).get_by_label("This is a").select_option("dog")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save 1 with their labels").click()
    assert download.value.path().read_text().split() == ["age,colour,label", "4,red,dog"]
    visit.is_for_everybody()
    visit.picture("try-table")
