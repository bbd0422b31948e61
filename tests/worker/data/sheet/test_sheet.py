"""The sheet of a split: what is seen on it."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.worker.data.sheet.tiles import heading, tile
from worker.data.sheet.band import Band
from worker.data.sheet.choice import MOST
from worker.data.sheet.drawing import COLOURS
from worker.data.sheet.evidence import evidence_sheet
from worker.data.sheet.places import FRAME, Places
from worker.data.sheet.sheet import sheet
from worker.data.sheet.texts import Fonts, fitting, plain
from worker.jsontypes import Json

DARK = 100  # what is darker is ink


@dataclass
class Rows:
    x: NDArray[Any]
    labels: NDArray[np.int64]

    def row(self, number: int) -> NDArray[Any]:
        found: NDArray[Any] = self.x[number]
        return found


def rows(count: int = 6, classes: int = 2, shape: tuple[int, int] = (8, 8)) -> Rows:
    x = np.random.default_rng(0).integers(0, 256, (count, *shape, 3), dtype=np.uint8)
    return Rows(x, np.arange(count) % classes)


def manifest(own: Rows, classes: list[str], findings: list[Json] | None = None) -> Json:
    per_class = np.bincount(own.labels, minlength=len(classes)).tolist()
    return {
        "name": "pets", "classes": classes, "shape": [*own.x.shape[1:]], "findings": findings or [],
        "splits": {"train": {"rows": len(own.x), "per_class": per_class}},
    }  # fmt: skip


def drawn(
    own: Rows, about: Json, label: int | None = None, each: int | None = None
) -> NDArray[Any]:
    with Image.open(io.BytesIO(sheet(own, about, "train", label, each))) as image:
        return np.asarray(image)


def test_every_pixel_of_a_small_picture_is_seen_under_its_class() -> None:
    own = rows()
    found = drawn(own, manifest(own, ["cat", "dog"]))
    places = Places((8, 8, 3), 2, 3, 0)
    assert found.shape[:2] == places.size[::-1]
    for row in range(6):
        larger = own.x[row].repeat(16, axis=0).repeat(16, axis=1)
        assert np.array_equal(tile(found, places, row % 2, row // 2), larger)


def test_a_picture_that_a_finding_names_has_a_frame_in_the_colour_of_the_gravest() -> None:
    own = rows()
    findings = [
        {"code": "a", "severity": "info", "evidence": {"train_rows": [3, 4]}},
        {"code": "b", "severity": "warning", "evidence": {"train_rows": [3]}},
    ]
    found = drawn(own, manifest(own, ["cat", "dog"], findings))
    places = Places((8, 8, 3), 2, 3, 2)
    assert found.shape[:2] == places.size[::-1]  # with two lines under the pictures
    frames = {}
    for row in range(6):
        left, top = places.tile(row % 2, row // 2)
        frames[row] = "#{:02x}{:02x}{:02x}".format(*found[top - FRAME, left - FRAME])
    assert frames == {row: "#ffffff" for row in range(6)} | {
        3: COLOURS["warning"],
        4: COLOURS["info"],
    }


def test_one_class_is_shown_alone() -> None:
    own = rows()
    found = drawn(own, manifest(own, ["cat", "dog"]), label=1)
    places = Places((8, 8, 3), 1, 3, 0)
    for number, row in enumerate((1, 3, 5)):
        assert np.array_equal(tile(found, places, 0, number)[::16, ::16], own.x[row])


def test_more_classes_than_fit_are_counted() -> None:
    own = rows(600, 300)
    about = manifest(own, [f"class {n}" for n in range(300)])
    found = drawn(own, about, each=2)
    assert found.shape[:2] == Places((8, 8, 3), 120, 2, 1).size[::-1]


@pytest.mark.parametrize("name", ["a" * 256, "猫", "Kätzchen", "מחתול", "  ", "a\u0301", "😺" * 50])
def test_any_name_can_be_written(name: str) -> None:
    own = rows()
    found = drawn(own, manifest(own, ["dog", name]))
    places = Places((8, 8, 3), 2, 3, 0)
    assert (heading(found, places, 1) < DARK).any() == bool(name.strip())
    beside = places.group(1)[0] + places.group_width
    assert (found[:, beside:] == 255).all()
    assert np.array_equal(tile(found, places, 1, 0)[::16, ::16], own.x[1])


@pytest.mark.parametrize(
    ("label", "places", "group"),
    [(None, Places((8, 8, 3), 2, 6, 0), 1), (1, Places((8, 8, 3), 1, 1, 0), 0)],
    ids=["beside another", "alone"],
)
def test_a_class_without_rows_has_a_heading_alone(
    label: int | None, places: Places, group: int
) -> None:
    own = rows(classes=1)
    found = drawn(own, manifest(own, ["cat", "dog"]), label)
    assert found.shape[:2] == places.size[::-1]
    assert (heading(found, places, group) < DARK).any()
    assert (tile(found, places, group, 0) == 255).all()


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (300, 200)])
def test_pictures_of_any_proportions_are_drawn(shape: tuple[int, int]) -> None:
    own = rows(4, 2, shape)
    # Each is brighter than the one before, so that none passes for another.
    own.x = own.x // 4 + 40 * np.arange(4, dtype=np.uint8)[:, None, None, None]
    found = drawn(own, manifest(own, ["cat", "dog"]))
    places = Places((*shape, 3), 2, 2, 0)
    assert found.shape[:2] == places.size[::-1]
    for row in range(4):
        shown = tile(found, places, row % 2, row // 2)
        assert shown.mean() == pytest.approx(own.x[row].mean(), abs=1)


def test_the_same_sheet_is_the_same_bytes() -> None:
    own = rows()
    about = manifest(own, ["cat", "dog"])
    assert sheet(own, about, "train", None, None) == sheet(own, about, "train", None, None)


def test_the_rows_of_a_finding_are_side_by_side_as_it_names_them() -> None:
    train, test = rows(6), rows(3)
    finding = {
        "code": "near_duplicates_across_splits", "severity": "warning", "message": "Alike.",
        "evidence": {"train_and_test_rows": [[5, 0], [2, 1]]},
    }  # fmt: skip
    about = manifest(train, ["cat", "dog"])
    with Image.open(
        io.BytesIO(evidence_sheet({"train": train, "test": test}, about, finding))
    ) as image:
        found = np.asarray(image)
    places = Places((8, 8, 3), 2, 2, 1)
    assert found.shape[:2] == places.size[::-1]
    for place, pixels in {(0, 0): train.x[5], (0, 1): test.x[0], (1, 1): test.x[1]}.items():
        assert np.array_equal(tile(found, places, *place)[::16, ::16], pixels)


def test_a_finding_that_names_very_many_rows_is_shown_in_part() -> None:
    own = rows(400)
    finding = {
        "code": "repeated_rows", "severity": "info", "message": "Again.",
        "evidence": {"train_rows": [[*range(at, at + 20)] for at in range(0, 400, 20)]},
    }  # fmt: skip
    about = manifest(own, ["cat", "dog"])
    with Image.open(io.BytesIO(evidence_sheet({"train": own}, about, finding))) as image:
        assert image.size == Places((8, 8, 3), MOST // 20, 20, 1).size


def test_accents_are_left_out_and_other_letters_stay() -> None:
    assert plain("Kätzchen, ñandú, 猫") == "Katzchen, nandu, 猫"


@pytest.mark.parametrize("width", [0, 5, 40, 100])
def test_a_text_is_cut_where_its_room_ends(width: int) -> None:
    font = Fonts().of_size(17)
    text = fitting("a long name of a class", font, width)
    assert text.endswith("…")
    assert font.getlength(text) <= max(width, font.getlength("…"))


def test_a_text_that_fits_is_whole() -> None:
    assert fitting("cat", Fonts().of_size(17), 100) == "cat"


def test_on_a_band_places_are_those_of_the_sheet() -> None:
    band = Band(40, 100, 130, Fonts())
    band.fill((5, 110), (3, 2), "#ff0000")
    band.frame((20, 115), (4, 4), "#0000ff", 2)
    assert band.pixels.shape == (30, 40, 3)
    assert np.argwhere((band.pixels == (255, 0, 0)).all(axis=2)).min(axis=0).tolist() == [10, 5]
    blue = (band.pixels == (0, 0, 255)).all(axis=2)
    assert blue.sum() == 8 * 8 - 4 * 4
    assert np.argwhere(blue).min(axis=0).tolist() == [13, 18]
    taken = band.write((0, 100), "cat", 11, "#000000", 40)
    assert 10 < taken < 30
    assert (band.pixels[:12, :taken] < 128).any()
