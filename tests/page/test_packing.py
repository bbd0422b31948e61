"""What the page makes of chosen files: a zip that others read, or the files themselves."""

import base64
import io
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import pytest

from tests.page.conftest import Visit, long

PACKED = """async ([files]) => {
  const { packed, nameOf } = await import("./page/parts/packing.js");
  const found = files.map(([path, text]) => ({ path, file: new File([text], path.split("/").at(-1), { lastModified: 1.6e12 }) }));
  const sources = await packed(found, {});
  const encoded = [];
  for (const { name, blob } of sources) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    encoded.push([name, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))]);
  }
  return [nameOf(found), encoded];
}"""  # noqa: E501
MANY = """async (count) => {
  const { zipped } = await import("./page/parts/zip.js");
  const file = new Blob([]);
  file.stream = () => ({ getReader: () => ({ read: async () => ({ done: true }) }) }); // as many as a folder has would be slow
  const zip = await zipped(Array.from({ length: count }, (_, i) => ({ path: String(i), file })));
  const bytes = new Uint8Array(await zip.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}"""  # noqa: E501


def packed(visit: Visit, *files: tuple[str, str]) -> tuple[str, list[tuple[str, bytes]]]:
    name, sources = visit.go("/datasets").evaluate(PACKED, [list(map(list, files))])
    return name, [(each, base64.b64decode(content)) for each, content in sources]


def test_a_folder_is_a_zip_without_its_own_name(visit: Visit) -> None:
    files = [("pets/кот/é.png", "one"), ("pets/dog/b.png", "two"), ("pets/labels.csv", "")]
    name, [(sent, content)] = packed(visit, *files)
    assert (name, sent) == ("pets", "pets.zip")
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["dog/b.png", "labels.csv", "кот/é.png"]
        assert archive.read("кот/é.png") == b"one"
        entry = archive.getinfo("dog/b.png")
    assert entry.compress_type == ZIP_STORED
    assert entry.date_time[:2] == (2020, 9)


@pytest.mark.parametrize(
    ("paths", "sent"),
    [
        (["a/x_train.npy", "a/y_train.npy"], ["x_train.npy", "y_train.npy"]),
        (["train.csv", "test.csv"], ["train.csv", "test.csv"]),
        (["cat.zip", "dog.zip"], ["cat.zip", "dog.zip"]),
        (["pets.zip"], ["pets.zip"]),
        (["rows.parquet"], ["rows.parquet"]),
        (["cat.1.jpg", "dog.1.jpg"], ["pictures.zip"]),
        (["cat/1.jpg", "dog/1.jpg"], ["pictures.zip"]),
        (["a/1.jpg", "a/labels.csv"], ["a.zip"]),
    ],
)
def test_what_is_sent_of_files(visit: Visit, paths: list[str], sent: list[str]) -> None:
    _, sources = packed(visit, *((path, "x") for path in paths))
    assert [name for name, _ in sources] == sent


@long
def test_a_zip_may_have_more_files_than_its_short_form_counts(visit: Visit) -> None:
    content: Any = visit.go("/datasets").evaluate(MANY, 65_540)
    with ZipFile(io.BytesIO(base64.b64decode(content))) as archive:
        assert len(archive.namelist()) == 65_540
