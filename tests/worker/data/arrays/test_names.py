import pytest

from worker.data.arrays.names import meaning


@pytest.mark.parametrize(
    ("name", "split", "part"),
    [
        ("train_set_x", "train", "x"),
        ("test_set_y", "test", "y"),
        ("list_classes", None, "classes"),
        ("x_train", "train", "x"),
        ("X_train", "train", "x"),
        ("XTrain", "train", "x"),
        ("trainX", "train", "x"),
        ("xtrain", "train", "x"),
        ("ytest", "test", "y"),
        ("y_te", "test", "y"),
        ("train/x", "train", "x"),
        ("Test/Images", "test", "x"),
        ("training_images", "train", "x"),
        ("val_labels", "validation", "y"),
        ("validation/targets", "validation", "y"),
        ("trainlabels", "train", "y"),
        ("images", None, "x"),
        ("data", None, "x"),
        ("image_labels", None, "y"),
        ("label_names", None, "classes"),
        ("class", None, "y"),
        ("names", None, "classes"),
        ("classnames", None, "classes"),
        ("image_names", None, None),
        ("filenames", None, None),
        ("train_ids", "train", None),
        ("train_test_x", None, "x"),
        ("x1", None, "x"),
        ("arr_0", None, None),
        ("kernel", None, None),
        ("", None, None),
    ],
)
def test_a_name_says_a_split_and_what_it_is(name: str, split: str | None, part: str | None) -> None:
    assert meaning("01-body", name, alone=True) == (split, part)


@pytest.mark.parametrize(
    ("file", "name", "split", "part"),
    [
        ("01-x_train.npy", "", "train", "x"),
        ("02-labels.npy", "", None, "y"),
        ("kmnist-test-imgs.npz", "arr_0", "test", "x"),
        ("train.h5", "test_set_x", "test", "x"),
        ("test.h5", "y", "test", "y"),
        ("a.train.x", "", "train", None),
    ],
)
def test_the_name_of_a_file_says_what_its_array_does_not(
    file: str, name: str, split: str | None, part: str | None
) -> None:
    assert meaning(file, name, alone=True) == (split, part)


def test_the_name_of_a_file_of_several_arrays_says_the_split_alone() -> None:
    assert meaning("test_images.npz", "arr_1", alone=False) == ("test", None)
