"""Which split and class a picture is of, by where it lies."""

import pytest

from worker.data.layout import placed
from worker.data.split_names import split_called
from worker.errors import CorruptFile, UnsupportedFile

TRAINS = ["train", "Training", "TRAIN_SET", "training set", "seg_train", "train-data", "train2"]
VALIDATIONS = ["val", "valid", "Validation", "validation_set", "dev", "Valid Images"]
TESTS = ["test", "Testing", "test_set", "seg_test", "test1", "TestSet"]
OTHERS = ["cat", "trainers", "tests of cats", "contest", "value", "devil", "set", ""]


@pytest.mark.parametrize(
    ("split", "names"),
    [
        ("train", TRAINS),
        ("validation", VALIDATIONS),
        ("test", TESTS),
        ("unlabelled", ["seg_pred", "predict", "unlabeled"]),
        (None, OTHERS),
    ],
)
def test_splits_have_many_names(split: str | None, names: list[str]) -> None:
    assert [split_called(name) for name in names] == [split] * len(names)


def found(*names: str, archives: list[str] | None = None) -> dict[str, tuple[str, str]]:
    """The split and class of each path that has one."""
    paths = [tuple(name.split("/")) for name in names]
    places = placed(paths, lambda _: None, archives)
    return {names[place.number]: (place.split, place.class_name) for place in places}


CAT_AND_DOG = [("train", "cat"), ("train", "dog")]


@pytest.mark.parametrize(
    "names",
    [
        ["cat/1.jpg", "dog/1.jpg"],
        ["PetImages/cat/1.jpg", "PetImages/dog/1.jpg"],
        ["a/b/train/cat/1.jpg", "a/b/train/dog/1.jpg"],
        ["train/train/cat/1.jpg", "train/train/dog/1.jpg"],
        ["a/cat/images/1.jpg", "a/dog/Images/1.jpg"],
        ["cat/1.jpg", "dog/puppies/1.jpg"],
        ["cat/old/1.jpg", "dog/young/1.jpg"],
    ],
)
def test_classes_stand_at_the_level_at_which_folders_part(names: list[str]) -> None:
    assert [*found(*names).values()] == CAT_AND_DOG


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat.0.jpg", "dog.0.jpg"] * 2, CAT_AND_DOG),
        (["in/cat_001.jpg", "in/dog_002.png"] * 2, CAT_AND_DOG),
        (["train/cat (1).jpg", "train/dog (1).jpg"] * 2, CAT_AND_DOG),
        (["cat12.jpg", "dog-7.jpg"] * 2, CAT_AND_DOG),
        (["great_cat_1.jpg", "dog_1.jpg"] * 2, [("train", "great_cat"), ("train", "dog")]),
    ],
)
def test_names_of_files_say_the_class(names: list[str], classes: list[tuple[str, str]]) -> None:
    assert [*found(*names).values()] == classes


@pytest.mark.parametrize(
    ("names", "archives", "expected"),
    [
        (["1.jpg", "2.jpg"], ["cat.zip", "dog.zip"], CAT_AND_DOG),
        (["images/1.jpg", "images/2.jpg"], ["cat.zip", "dog.v2.tar.gz"], CAT_AND_DOG),
        (["cat/1.jpg", "dog/1.jpg"], ["part1.zip", "part2.zip"], CAT_AND_DOG),
        (["cats/1.jpg", "dogs/1.jpg"], ["a.zip", "b.zip"], [("train", "cats"), ("train", "dogs")]),
        (["cat/1.jpg", "dog/2.jpg"], ["train.zip"] * 2, CAT_AND_DOG),
        (["cat/1.jpg", "cat/2.jpg"], ["t.zip", "test.zip"], None),
        (["x/cat/1.jpg", "x/dog/2.jpg"], ["train.zip", "val.zip"],
         [("train", "cat"), ("validation", "dog")]),
    ],
)  # fmt: skip
def test_the_name_of_an_archive_may_be_that_of_a_split_or_a_class(
    names: list[str], archives: list[str], expected: list[tuple[str, str]] | None
) -> None:
    if expected is None:
        with pytest.raises(CorruptFile, match="nothing says which class"):
            found(*names, archives=archives)
    else:
        assert [*found(*names, archives=archives).values()] == expected


def test_pictures_without_a_class_are_left_out() -> None:
    assert [*found("cat/1.jpg", "dog/1.jpg", "cover.jpg").values()] == CAT_AND_DOG
    names = ["train/cat.0.jpg", "train/dog.0.jpg", "train/cat.1.jpg", "train/dog.1.jpg"]
    assert {*found(*names, "test1/1.jpg", "test1/2.jpg")} == {*names}
    labelled = ["seg_train/seg_train/cat/1.jpg", "seg_train/seg_train/dog/1.jpg"]
    assert {*found(*labelled, "seg_pred/seg_pred/1.jpg")} == {*labelled}


def test_another_split_may_write_a_class_in_other_capitals() -> None:
    places = found("train/cat/1.jpg", "train/dog/1.jpg", "test/Cat/1.jpg", "test/fox/1.jpg")
    assert [*places.values()] == [*CAT_AND_DOG, ("test", "cat"), ("test", "fox")]
    assert [*found("Cat/1.jpg", "cat/1.jpg").values()] == [("train", "Cat"), ("train", "cat")]


@pytest.mark.parametrize(
    ("names", "error", "words"),
    [
        (["day/cat/1.jpg", "day/dog/1.jpg", "night/cat/1.jpg"], UnsupportedFile, "'cat' lies in"),
        (["car/1.jpg", "bus/1.jpg", "train/1.jpg"], UnsupportedFile, "train split and stands"),
        (["IMG_1.jpg", "IMG_2.jpg", "DSC_3.jpg", "DSC_4.jpg"], CorruptFile, "lie in one folder"),
        (["train/cat.jpg", "train/dog.jpg"], CorruptFile, "a folder with the name of the class"),
        (["cat.0.jpg", "cat.1.jpg", "dog.jpg", "dog.2.jpg"], CorruptFile, "4 pictures"),
    ],
)
def test_what_could_be_meant_otherwise_is_refused(
    names: list[str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as refusal:
        found(*names)
    assert str(refusal.value).startswith("Expected ")
