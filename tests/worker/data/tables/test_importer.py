"""A table becomes rows of float32, and what is known of them comes from the training rows alone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.worker.data.tables.making import HEAD, column, imported, text
from worker.data.importer import import_files
from worker.data.options import ImportOptions
from worker.data.tables import importer
from worker.errors import CorruptFile, InvalidParameter, LimitExceeded
from worker.settings import Settings

TEST = {"train.csv": text(), "test.csv": text("x,z,label\n", 20, "1000,7,b\n")}


def test_numbers_have_mean_0_and_deviation_1_over_the_training_rows(tmp_path: Path) -> None:
    found = imported(tmp_path, TEST)
    assert_allclose(found.x["train"].mean(axis=0), 0, atol=1e-6)
    assert_allclose(found.x["train"].std(axis=0), 1, rtol=1e-6)
    numbers = np.arange(40)
    assert found.x["test"][-1, 0] == np.float32((1000 - numbers.mean()) / numbers.std())


def test_a_large_number_keeps_its_digits(tmp_path: Path) -> None:
    content = column([1_700_000_000 + n / 8 for n in range(40)])
    found = imported(tmp_path, {"train.csv": content, "test.csv": content}).x["train"]
    assert_allclose(found[:, 1], found[:, 0], atol=1e-6)


def test_labels_are_numbered_in_the_order_of_their_names(tmp_path: Path) -> None:
    lines = [f"{n},{('10', '9', '1.0')[n % 3]}\n" for n in range(30)]
    found = imported(tmp_path, ("x,y\n" + "".join(lines)).encode())
    assert found.prepared.classes == ["1", "9", "10"]
    assert sum(map(sum, (s["per_class"] for s in found.prepared.splits.values()))) == 30


@pytest.mark.parametrize("name", ["label", "Class", "TARGET", "y"])
def test_the_label_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    assert imported(tmp_path, text(f"x,z,{name}\n")).preprocessing.label == name


@pytest.mark.parametrize(
    ("head", "asked", "words"),
    [
        ("x,z,kind\n", {}, "called label, class, target or y in 01-data.csv, got 'x', 'z', 'kind'"),
        ("x,Label,label\n", {}, "Expected one column called label"),
        ("x,z,label\n", {"label": "kind"}, "Expected one column called 'kind'"),
    ],
)
def test_a_label_that_is_not_found_is_asked_for(
    tmp_path: Path, head: str, asked: dict[str, Any], words: str
) -> None:
    with pytest.raises(CorruptFile, match=words):
        imported(tmp_path, text(head), **asked)


def test_the_label_may_be_named(tmp_path: Path) -> None:
    found = imported(tmp_path, text("x,y,kind\n"), label="kind")
    assert (found.preprocessing.label, [*found.columns]) == ("kind", ["x", "y"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            text(more="1,2,\n"),
            "a class in the column 'label' of each row of .*, got none in row 42",
        ),
        (text().replace(b"b\n", b"a\n"), "Expected at least 2 classes, got 1"),
        (b"x,label\n" + b"".join(b",%d\n" % (n % 2) for n in range(9)), "beside the label 'label'"),
        (b"Unnamed: 0,label\n" + b"".join(b"%d,%d\n" % (n, n % 2) for n in range(9)), "beside the"),
        (text(rows=2), "at least 1 rows in the test split, got 0"),
        (b",,x,x,label\n" + b"1,2,3,4,a\n1,2,3,4,b\n" * 9, "got 'x' 2 times"),
    ],
)
def test_a_table_without_what_it_needs_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    with pytest.raises(CorruptFile, match=words):
        imported(tmp_path, content)


def test_a_measurement_is_no_class(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n * 1.5}\n" for n in range(1200))
    with pytest.raises(LimitExceeded, match="if they are measurements, make ranges"):
        imported(tmp_path, f"x,label\n{rows}".encode())


def test_splits_are_said_by_the_names_of_files(tmp_path: Path) -> None:
    files = {"a.csv": text(), "b.csv": text(), "my_test.csv": text(rows=6), "val.csv": text(rows=4)}
    found = imported(tmp_path, files).prepared.splits
    rows = {split: summary["rows"] for split, summary in found.items()}
    assert rows == {"train": 80, "validation": 4, "test": 6}


def test_rows_to_validate_are_the_test_split_where_there_is_none(tmp_path: Path) -> None:
    found = imported(tmp_path, {"train.csv": text(), "valid.csv": text(rows=6)})
    assert found.prepared.splits["test"]["rows"] == 6
    assert "validation_as_test" in found.findings


def test_columns_are_found_by_name_in_every_file(tmp_path: Path) -> None:
    other = "".join(f"{'ab'[n % 2]},9,{n % 3},{n}\n" for n in range(40))
    files = {"train.csv": text(), "test.csv": f"label,more,z,x\n{other}".encode()}
    found = imported(tmp_path, files)
    assert_array_equal(found.x["test"], found.x["train"])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("test.csv", text("x,z,kind\n"), "it lacks 'label'"),
        ("test.csv", text("x,w,label\n"), "it lacks 'z'"),
        ("submission.csv", text(), "called as rows without"),
    ],
)
def test_files_of_other_columns_are_refused(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(CorruptFile, match=words):
        imported(tmp_path, {"train.csv": text(), name: content})


def test_a_fifth_is_held_out_and_what_is_measured_does_not_see_it(tmp_path: Path) -> None:
    found = imported(tmp_path, text(rows=200))
    assert {split: len(x) for split, x in found.x.items()} == {"train": 160, "test": 40}
    assert_allclose(found.x["train"].mean(axis=0), 0, atol=1e-6)
    assert abs(found.x["test"].mean(axis=0)).max() > 1e-3
    assert "test_held_out" in found.findings


def test_rows_that_are_the_same_are_held_out_together(tmp_path: Path) -> None:
    found = imported(tmp_path, column([n % 7 for n in range(300)], "i,c,label\n"), leave_out=("i",))
    pairs = [
        {(*row, label) for row, label in zip(found.x[s].tolist(), found.y[s], strict=True)}
        for s in ("train", "test")
    ]
    assert pairs[0] and pairs[1] and not pairs[0] & pairs[1]


def test_a_number_that_is_missing_is_the_median_and_has_a_feature(tmp_path: Path) -> None:
    content = column(["", "1", "2", "6"] * 10)
    found = imported(tmp_path, {"train.csv": content, "test.csv": content})
    own, x = found.columns["c"], found.x["train"][:, 1:]
    assert (own.median, own.missing) == (2, True)
    assert x[0].tolist() == [np.float32((2 - own.mean) / own.deviation), 1]
    assert x[1].tolist() == [np.float32((1 - own.mean) / own.deviation), 0]
    assert "20 cells are missing: 20 in 'c'" in found.findings["missing_values"]


def test_what_only_test_rows_lack_is_the_median_without_a_feature(tmp_path: Path) -> None:
    files = {"train.csv": column([1, 2, 6] * 10), "test.csv": column(["", 6] * 5)}
    found = imported(tmp_path, files)
    own = found.columns["c"]
    assert not own.missing
    assert found.x["test"][0, 1] == np.float32((2 - own.mean) / own.deviation)


@pytest.mark.parametrize("number", ["1e400", "-inf", "4e38"])
def test_infinite_numbers_count_as_missing(tmp_path: Path, number: str) -> None:
    found = imported(tmp_path, column([number, "1", "2", "3"] * 10))
    assert np.isfinite(found.x["train"]).all()
    assert found.columns["c"].missing
    assert "10 numbers are infinite" in found.findings["infinite_values"]


def test_texts_that_only_test_rows_have_are_nothing(tmp_path: Path) -> None:
    files = {"train.csv": column("pq" * 20), "test.csv": column("pqr" * 5)}
    found = imported(tmp_path, files)
    assert found.columns["c"].categories == ("p", "q")
    assert found.x["test"][2, 1:].tolist() == [0, 0]
    assert "5 texts are in no training row" in found.findings["unknown_texts"]


def test_the_numbers_of_rows_that_programs_add_are_left_out(tmp_path: Path) -> None:
    found = imported(tmp_path, column(range(40), ",c,label\n"))
    assert [*found.columns] == ["c"]
    assert "'' (numbers of rows)" in found.findings["columns_left_out"]


def test_a_constant_column_is_0(tmp_path: Path) -> None:
    found = imported(tmp_path, column(["0.1"] * 40))
    assert found.columns["c"].deviation == 0
    assert not found.x["train"][:, 1].any()
    assert "1 of 2 columns are the same" in found.findings["constant_features"]


@pytest.mark.parametrize("asked", [{"leave_out": ("q",)}, {"leave_out": ("label",)}])
def test_only_columns_can_be_left_out(tmp_path: Path, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match="columns beside the label") as refused:
        imported(tmp_path, text(), **asked)
    assert refused.value.pointer == "/leave_out"


@pytest.mark.parametrize("asked", [{"image_size": 32}, {"x": "x"}, {"channel_order": "bgr"}])
def test_options_of_other_files_are_refused(tmp_path: Path, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match="got that with tables"):
        imported(tmp_path, text(), **asked)


@pytest.mark.parametrize(
    ("limit", "words"), [("max_rows", "at most 30 rows"), ("max_dataset_bytes", "at most 30 bytes")]
)
def test_limits_hold(tmp_path: Path, limit: str, words: str) -> None:
    with pytest.raises(LimitExceeded, match=words):
        imported(tmp_path, text(), Settings.model_validate({"min_free_bytes": 0, limit: 30}))


def test_what_is_told_of_the_columns_has_a_limit(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(150)]
    texts = [f"{n:0100}x"[1:] for n in range(80)]
    rows = (",".join([text] * 150 + ["ab"[n % 2]]) for n, text in enumerate(texts))
    content = "\n".join([",".join([*names, "label"]), *rows]).encode()
    with pytest.raises(LimitExceeded, match="at most 1,048,576 bytes are to be told"):
        imported(tmp_path, {"train.csv": content, "test.csv": content})


def test_rows_are_the_same_in_whichever_blocks_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("whole", "blocks")]
    for folder in folders:
        folder.mkdir()
    whole = imported(folders[0], text(rows=100))
    monkeypatch.setattr(importer, "BLOCK_NUMBERS", 7)
    cut = imported(folders[1], text(rows=100))
    for split, x in whole.x.items():
        assert_array_equal(cut.x[split], x)
        assert_array_equal(cut.y[split], whole.y[split])


def test_a_sealed_process_reads_tables(tmp_path: Path) -> None:
    path, target = tmp_path / "01-data.csv", tmp_path / "dataset"
    path.write_bytes(text(HEAD, 300))
    target.mkdir()
    options = ImportOptions(leave_out=("z",))
    prepared = import_files([path], target, Settings(min_free_bytes=0), options=options)
    assert (prepared.kind, prepared.shape, prepared.dtype) == ("table", [1], "float32")
    assert np.load(target / "train_x.npy").dtype == np.float32
