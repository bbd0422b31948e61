"""Labels in lists beside the pictures."""

import pytest

from worker.data.label_lists import below, labels_of

PATHS = [("train", "a.jpg"), ("train", "b.jpg"), ("c.png",)]
FILES = below((), PATHS)


@pytest.mark.parametrize(
    "text",
    [
        "file,label\na.jpg,cat\nb.jpg,dog\n",
        "id;breed\r\na;cat\r\nb;dog\r\n",
        "label\tfile\ncat\t/data/train/a.jpg\ndog\t./train/b.jpg\n",
        'file,size,class\n"a.jpg",12,cat\n"b.jpg",9,dog\nnot_there.jpg,9,fox\n',
        "filename, cat, dog\na.jpg, 1, 0\nb.jpg, 0, 1\nc.png, 0, 0\n",
        "train/a.jpg cat\ntrain/b.jpg dog\n",
        "train\\a.jpg,cat\ntrain\\b.jpg,dog\n",
        "2\ncat train/a.jpg\ndog train/b.jpg\n",
    ],
)
def test_a_list_names_files_and_labels(text: str) -> None:
    assert labels_of(text, FILES) == {0: "cat", 1: "dog"}


@pytest.mark.parametrize(
    "text",
    ["", "hello", "id,label\n1,0\n2,0\n", "file,w,h\na.jpg,3,4\nb.jpg,5,6\n", "file\na.jpg\n", '"'],
)
def test_other_texts_are_no_lists(text: str) -> None:
    assert not labels_of(text, FILES)


def test_a_row_may_end_early() -> None:
    assert labels_of("file,label\na.jpg,cat\nb.jpg\n\n", FILES) == {0: "cat"}


def test_a_list_is_of_the_pictures_of_its_folder_if_there_are_any() -> None:
    paths = [("train", "a.jpg"), ("valid", "a.jpg"), ("valid", "in", "b.jpg")]
    assert below(("train",), paths) == {"a.jpg": 0, "a": 0}
    assert below(("valid",), paths)["a.jpg"] == 1
    assert below(("valid",), paths)["b"] == below(("valid",), paths)["in/b.jpg"] == 2
    elsewhere = below(("lists",), paths)
    assert elsewhere["train/a"] == 0
    assert elsewhere["in/b.jpg"] == 2
    assert "a.jpg" not in elsewhere  # which of the two would be meant?
