"""What is said of the rows of a dataset."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from worker.data import alike
from worker.data.given_away import LEAST_ROWS, most_telling
from worker.data.row_checks import OF_PICTURES
from worker.data.written_arrays import WrittenArrays
from worker.findings.finding import Finding
from worker.findings.rule import findings

ROWS, SIDE = 200, 32
Pixels = Any


@pytest.fixture
def x() -> dict[str, Pixels]:
    """Smooth pictures with something to see."""
    random = np.random.default_rng(3)
    found = {}
    for split, rows in (("train", ROWS), ("test", 100)):
        places = random.integers(0, 256, (rows, 8, 8, 3))
        found[split] = places.repeat(SIDE // 8, axis=1).repeat(SIDE // 8, axis=2).astype(np.uint8)
    return found


def written(
    folder: Path, x: dict[str, Pixels], about: dict[str, Any] | None = None
) -> WrittenArrays:
    per_class = {split: (len(own) // 2, len(own) - len(own) // 2) for split, own in x.items()}
    for split, own in x.items():
        np.save(folder / f"{split}_x.npy", own)
        np.save(folder / f"{split}_y.npy", np.repeat([0, 1], per_class[split]))
    return WrittenArrays(folder, ["cat", "dog"], per_class, about or {})


def found(arrays: WrittenArrays) -> dict[str, Finding]:
    return {finding.code: finding for finding in findings(OF_PICTURES, arrays)}


def test_of_good_pictures_nothing_is_said(tmp_path: Path, x: dict[str, Pixels]) -> None:
    assert found(written(tmp_path, x)) == {}


def test_a_picture_under_two_labels_is_named(tmp_path: Path, x: dict[str, Pixels]) -> None:
    x["train"][150] = x["train"][3]
    x["train"][5] = x["train"][4]
    [finding] = found(written(tmp_path, x)).values()
    assert (finding.code, finding.severity) == ("two_labels", "warning")
    assert "such as rows 3 ('cat') and 150 ('dog')" in finding.message
    assert finding.evidence == {"train_rows": [[3, 150]]}


def test_pictures_that_are_there_again_are_counted(tmp_path: Path, x: dict[str, Pixels]) -> None:
    x["train"][[5, 9]] = x["train"][4]
    [finding] = found(written(tmp_path, x)).values()
    assert (finding.code, finding.severity) == ("repeated_rows", "info")
    assert finding.message.startswith("2 of 200 training pictures")
    assert finding.evidence == {"train_rows": [[4, 5, 9]]}


def test_a_test_split_of_one_class_says_nothing_of_the_others(
    tmp_path: Path, x: dict[str, Pixels]
) -> None:
    made = written(tmp_path, x)
    arrays = replace(made, per_class={**made.per_class, "test": (0, 100)})
    finding = found(arrays)["one_class_tested"]
    assert "All 100 test rows are of the class 'dog'" in finding.message


def test_classes_that_are_called_as_splits_are_told(tmp_path: Path, x: dict[str, Pixels]) -> None:
    made = written(tmp_path, x)
    finding = found(replace(made, classes=("train", "test")))["split_like_classes"]
    assert (finding.severity, finding.evidence) == ("severe", {"classes": ["train", "test"]})
    assert "split_like_classes" not in found(replace(made, classes=("valid", "invalid")))


@pytest.mark.parametrize(("flat", "severity"), [(100, "warning"), (160, "severe")])
def test_pictures_of_one_colour_are_severe_where_they_are_most(
    tmp_path: Path, x: dict[str, Pixels], flat: int, severity: str
) -> None:
    x["train"][:flat] = 7
    assert found(written(tmp_path, x))["flat_pictures"].severity == severity


def changed(pixels: Pixels, how: str) -> Pixels:
    wide = pixels.astype(int)
    if how == "brighter":
        return np.clip(wide + 5, 0, 255)
    if how == "noisy":
        return np.clip(wide + np.random.default_rng(0).integers(-4, 5, wide.shape), 0, 255)
    return np.roll(wide, 9, axis=1)  # moved: not the same place by place


@pytest.mark.parametrize(("how", "seen"), [("brighter", True), ("noisy", True), ("moved", False)])
def test_pictures_that_look_almost_alike_are_found(
    tmp_path: Path, x: dict[str, Pixels], how: str, seen: bool
) -> None:
    x["test"][7] = changed(x["train"][11], how)
    made = found(written(tmp_path, x))
    assert [*made] == ["near_duplicates_across_splits"] * seen
    if seen:
        evidence = made["near_duplicates_across_splits"].evidence
        assert evidence == {"train_and_test_rows": [[11, 7]]}


def test_the_same_bytes_are_told_once(tmp_path: Path, x: dict[str, Pixels]) -> None:
    x["test"][[2, 4]] = x["train"][11]
    [finding] = found(written(tmp_path, x)).values()
    assert finding.code == "duplicates_across_splits"
    assert finding.evidence == {"test_rows": [2, 4]}


def test_drawings_that_are_alike_without_end_are_not_compared_without_end(
    tmp_path: Path, x: dict[str, Pixels], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alike, "COMPARED", 30)
    reads: list[int] = []

    def unlike(*pair: object) -> bool:
        reads.append(1)
        return False

    monkeypatch.setattr(alike, "_is_alike", unlike)
    shape = x["train"][0]
    for split, rows in x.items():
        noise = np.random.default_rng(len(rows)).integers(0, 2, rows.shape)
        x[split] = np.clip(shape.astype(int) + noise, 0, 255).astype(np.uint8)
    found(written(tmp_path, x))
    assert len(reads) == 30


def test_pictures_of_one_colour_are_counted(tmp_path: Path, x: dict[str, Pixels]) -> None:
    x["train"][8], x["test"][1] = 0, 200
    x["test"][1, 0, 0] = 202
    finding = found(written(tmp_path, x))["flat_pictures"]
    assert finding.message.startswith("2 of 300 pictures are of nearly one colour")
    assert finding.evidence == {"train_rows": [8], "test_rows": [1]}


def test_brightness_that_tells_the_classes_apart_is_told(
    tmp_path: Path, x: dict[str, Pixels]
) -> None:
    x["train"][ROWS // 2 :] //= 2
    finding = found(written(tmp_path, x))["class_given_away"]
    assert finding.message.startswith("The brightness of a picture alone tells the class of 100%")
    assert finding.evidence == {"what": "brightness", "right": 1.0, "most_frequent": 0.5}


@pytest.mark.parametrize(
    ("about", "what"),
    [
        ({"file size": [10_000] * 96 + [9_000] * 104}, "file size"),
        ({"file format": [".png"] * 100 + [".jpg"] * 100}, "file format"),
        ({"file format": [".png"] * 60 + [".jpg"] * 140}, None),
        ({"file size": [*range(200)][::2] + [*range(200)][1::2]}, None),
        ({"file size": [1] * 90 + [2] * 90}, None),  # of other rows than these
        ({}, None),
    ],
    ids=range(6),
)
def test_files_that_tell_the_classes_apart_are_told(
    tmp_path: Path, x: dict[str, Pixels], about: dict[str, Any], what: str | None
) -> None:
    made = found(written(tmp_path, x, about))
    assert [finding.evidence["what"] for finding in made.values()] == [what] * bool(what)


def test_chance_tells_nothing_of_few_rows() -> None:
    labels = np.arange(LEAST_ROWS - 1) % 2
    assert most_telling({"file size": labels.tolist()}, labels) is None
    for seed in range(20):
        random = np.random.default_rng(seed)
        labels = random.integers(0, 2, LEAST_ROWS)
        about = {f"number {n}": random.standard_normal(LEAST_ROWS).tolist() for n in range(5)}
        assert most_telling(about, labels) is None
