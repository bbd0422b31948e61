"""A network is kept once, by its digest, as long as a record has it."""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.worker.data.backbones.networks import file_of, network
from worker.data.backbones.backbone import Backbone
from worker.data.backbones.examination import examine
from worker.data.backbones.options import BackboneOptions
from worker.errors import BackboneNotFound, DamagedBackbone, StoreFull
from worker.jsontypes import Json
from worker.store.backbones import BackboneStore

ONE, OTHER = "bb_" + "1" * 32, "bb_" + "2" * 32


@pytest.fixture
def store(tmp_path: Path) -> BackboneStore:
    (tmp_path / "backbones").mkdir()
    return BackboneStore(tmp_path / "backbones")


def published(store: BackboneStore, backbone_id: str, tmp_path: Path, **options: str) -> Json:
    with store.local_folder(backbone_id) as part:
        sent = file_of(tmp_path, network())
        backbone = examine(sent, part, BackboneOptions.model_validate(options), 10_000)
        return store.publish(backbone_id, part, backbone)


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "backbones").iterdir())


def test_what_was_published_is_there_by_its_record_and_by_its_digest(
    store: BackboneStore, tmp_path: Path
) -> None:
    manifest = published(store, ONE, tmp_path, convention="torchvision")
    assert store.of(ONE) == manifest
    backbone, file = store.open(manifest["digest"])
    assert backbone.as_dict() == {name: manifest[name] for name in Backbone.__annotations__}
    assert file.read_bytes() == network().SerializeToString()
    assert manifest["bytes"] == len(file.read_bytes())
    assert names(tmp_path) == [manifest["digest"].removeprefix("sha256:")]


def test_the_same_file_with_the_same_options_is_kept_once(
    store: BackboneStore, tmp_path: Path
) -> None:
    assert published(store, ONE, tmp_path) == published(store, OTHER, tmp_path)
    assert len(names(tmp_path)) == 1
    store.drop(ONE)
    assert (store.of(ONE), store.of(OTHER) is not None) == (None, True)
    store.drop(OTHER)
    assert names(tmp_path) == []


def test_other_options_make_another_digest(store: BackboneStore, tmp_path: Path) -> None:
    first = published(store, ONE, tmp_path)["digest"]
    assert published(store, OTHER, tmp_path, convention="keras")["digest"] != first
    store.drop(ONE)
    with pytest.raises(BackboneNotFound, match=first):
        store.open(first)
    assert store.of(OTHER) is not None


def test_to_publish_twice_is_to_publish_once(store: BackboneStore, tmp_path: Path) -> None:
    assert published(store, ONE, tmp_path) == published(store, ONE, tmp_path)
    store.drop(ONE)
    assert names(tmp_path) == []


def test_a_full_disk_is_named(
    store: BackboneStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*names: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch, pytest.raises(StoreFull):
        patch.setattr(Path, "rename", full)
        published(store, ONE, tmp_path)
    assert names(tmp_path) == []


def test_one_who_died_while_removing_stops_nobody(store: BackboneStore, tmp_path: Path) -> None:
    digest = published(store, ONE, tmp_path)["digest"]
    folder = tmp_path / "backbones" / digest.removeprefix("sha256:")
    (folder / "users" / ONE).unlink()
    assert published(store, OTHER, tmp_path)["digest"] == digest
    assert store.open(digest)[1].exists()
    (folder / "users" / OTHER).unlink()
    store.drop_leftovers(0)
    assert names(tmp_path) == []


def test_who_adds_a_record_is_not_overtaken_by_who_removes_the_last(
    store: BackboneStore, tmp_path: Path
) -> None:
    digest = published(store, ONE, tmp_path)["digest"]
    with ThreadPoolExecutor(2) as both:
        for _ in range(50):
            added = both.submit(published, store, OTHER, tmp_path)
            both.submit(store.drop, ONE).result()
            assert added.result()["digest"] == digest
            assert store.open(digest)[1].exists()
            added = both.submit(published, store, ONE, tmp_path)
            both.submit(store.drop, OTHER).result()
            added.result()


def test_leftovers_go_once_they_are_old(store: BackboneStore, tmp_path: Path) -> None:
    digest = published(store, ONE, tmp_path)["digest"]
    (tmp_path / "backbones" / f".{OTHER}.00.part").mkdir()
    store.drop_leftovers(60)
    assert len(names(tmp_path)) == 2
    store.drop_leftovers(-1)
    assert names(tmp_path) == [digest.removeprefix("sha256:")]


@pytest.mark.parametrize("name", ["network.onnx", "manifest.json"])
def test_a_backbone_whose_files_have_changed_is_not_opened(
    store: BackboneStore, tmp_path: Path, name: str
) -> None:
    digest = published(store, ONE, tmp_path)["digest"]
    path = tmp_path / "backbones" / digest.removeprefix("sha256:") / name
    path.write_bytes(path.read_bytes().replace(b"24", b"25").replace(b"image", b"imago"))
    with pytest.raises(DamagedBackbone, match="same options again"):
        store.open(digest)


@pytest.mark.parametrize("spoilt", ["network.onnx", "manifest.json"])
@pytest.mark.parametrize("gone", [True, False])
def test_the_same_file_sent_again_puts_it_right(
    store: BackboneStore, tmp_path: Path, spoilt: str, gone: bool
) -> None:
    digest = published(store, ONE, tmp_path)["digest"]
    path = tmp_path / "backbones" / digest.removeprefix("sha256:") / spoilt
    if gone:
        path.unlink()
    else:
        path.write_bytes(b"{")
    with pytest.raises((DamagedBackbone, BackboneNotFound)):
        store.open(digest)
    assert published(store, OTHER, tmp_path)["digest"] == digest
    assert store.open(digest)[1].exists()
    assert store.of(ONE) == store.of(OTHER)
