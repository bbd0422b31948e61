"""Labels in lists beside the pictures."""

import pytest

from worker.data.label_lists import keys, labels_of

PATHS = [("train", "a.jpg"), ("train", "b.jpg"), ("c.png",)]
FILES = {key: path[-1] for path in PATHS for key in keys(path)}


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
    ],
)
def test_a_list_names_files_and_labels(text: str) -> None:
    found = labels_of(text, FILES)
    assert found is not None
    assert {FILES[key]: label for key, label in found.items()} == {"a.jpg": "cat", "b.jpg": "dog"}


@pytest.mark.parametrize(
    "text",
    ["", "hello", "id,label\n1,0\n2,0\n", "file,w,h\na.jpg,3,4\nb.jpg,5,6\n", "file\na.jpg\n", '"'],
)
def test_other_texts_are_no_lists(text: str) -> None:
    assert not labels_of(text, FILES)


def test_a_row_may_end_early() -> None:
    assert labels_of("file,label\na.jpg,cat\nb.jpg\n\n", FILES) == {"a.jpg": "cat"}
