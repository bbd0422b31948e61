import json

from worker.data.preprocessing import Preprocessing


def test_preprocessing_comes_back_from_json_the_same() -> None:
    preprocessing = Preprocessing(height=3, width=5, filter="lanczos", background=(1, 2, 3))
    assert Preprocessing.from_dict(json.loads(json.dumps(preprocessing.as_dict()))) == preprocessing


def test_preprocessing_names_its_decoder() -> None:
    assert Preprocessing().as_dict()["decoder"] == "pillow"


def test_an_older_manifest_is_of_pictures_whose_colour_profiles_were_ignored() -> None:
    older = {"height": 8, "width": 9, "background": [1, 2, 3], "mode": "RGB", "filter": "nearest"}
    found = Preprocessing.from_dict(older)
    assert (found.kind, found.dtype, found.color_space) == ("picture", "uint8", "as_stored")
    assert found.shape == (8, 9, 3)
