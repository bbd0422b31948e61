import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.worker.serving.test_loaded_models import publish
from tests.worker.working import at_once
from worker.errors import AliasesMoved, DamagedModel, InvalidParameter, ModelNotFound
from worker.store import aliases as module
from worker.store.aliases import CHAMPION, Aliases, Move
from worker.store.operating_point import USUAL, OperatingPoint
from worker.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    for version in (1, 2, 3):
        publish(store, "cats", version)
    return store


def to(version: int | None, alias: str = CHAMPION, who: str = "caller") -> Move:
    return Move(alias, version, who, "a test")


def file_of(store: Store, tmp_path: Path) -> Path:
    return tmp_path / "models" / "cats" / "aliases.json"


def test_the_newest_version_answers_until_one_is_made_champion(store: Store) -> None:
    assert store.aliases.answering("cats") == 3
    assert store.aliases.of("cats").revision == 0
    assert store.aliases.shown("cats").versions() == {CHAMPION: 3}
    store.aliases.move("cats", to(2), 0)
    assert store.aliases.answering("cats") == 2
    publish(store, "cats", 4)
    assert store.aliases.answering("cats") == 2


def test_a_move_says_what_was_before_and_the_newest_comes_first(store: Store) -> None:
    for revision, version in enumerate((2, 3, None)):
        named = store.aliases.move("cats", to(version, "staging"), revision)
    told = [(move.revision, move.before, move.version) for move in named.history]
    assert told == [(3, 3, None), (2, 2, 3), (1, None, 2)]
    assert named.aliases == {}
    assert (
        store.aliases.of("cats")
        == named
        == Aliases(store._root / "models", store.models).of("cats")
    )


def test_another_process_sees_a_move_at_its_next_look(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path)
    for revision, version in enumerate((1, 2, 1, 3, 2)):
        store.aliases.move("cats", to(version), revision)
        assert other.aliases.answering("cats") == version


def test_a_file_that_has_not_changed_is_not_read_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.aliases.move("cats", to(1), 0)
    assert store.aliases.answering("cats") == 1
    monkeypatch.setattr(module, "read", lambda path: 1 / 0)
    assert store.aliases.answering("cats") == 1


def test_of_moves_at_once_from_one_revision_one_is_made(store: Store, tmp_path: Path) -> None:
    stores = [Store(tmp_path) for _ in range(8)]
    found = at_once(*(lambda s=s: s.aliases.move("cats", to(2), 0) for s in stores))
    assert sum(isinstance(each, AliasesMoved) for each in found) == 7
    assert store.aliases.of("cats").revision == 1


def test_moves_at_once_that_look_again_are_all_made(store: Store, tmp_path: Path) -> None:
    def move(alias: str) -> None:
        own = Store(tmp_path)
        while True:
            try:
                own.aliases.move("cats", to(1, alias), own.aliases.of("cats").revision)
                return
            except AliasesMoved:
                continue

    names = [f"alias{number}" for number in range(8)]
    at_once(*(lambda n=n: move(n) for n in names))
    named = store.aliases.of("cats")
    assert (named.revision, sorted(named.aliases)) == (8, names)


def test_who_dies_before_the_rename_has_changed_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.aliases.move("cats", to(1), 0)
    folder = file_of(store, tmp_path).parent
    (folder / "aliases.json.1234.part").write_text('{"revision": 2, "ali')
    assert Store(tmp_path).aliases.answering("cats") == 1
    store.aliases.move("cats", to(2), 1)  # nor does it keep anybody from the next move
    os.utime(folder / "aliases.json.1234.part", (0, 0))
    store.drop_leftovers(60)
    assert sorted(path.name for path in folder.glob("*.json*")) == ["aliases.json"]
    assert store.aliases.answering("cats") == 2


def test_an_alias_names_only_what_is_there(store: Store) -> None:
    with pytest.raises(ModelNotFound, match="has version 9"):
        store.aliases.move("cats", to(9), 0)
    for name in ("dogs", "../cats"):
        with pytest.raises(ModelNotFound):
            store.aliases.answering(name)
    assert store.aliases.of("cats").revision == 0


def test_so_many_aliases_and_moves_are_kept_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ALIASES", 2)
    monkeypatch.setattr(module, "KEPT_MOVES", 3)
    for revision, alias in enumerate(("a", "b")):
        store.aliases.move("cats", to(1, alias), revision)
    with pytest.raises(InvalidParameter, match="at most 2 aliases"):
        store.aliases.move("cats", to(1, "c"), 2)
    for revision in range(2, 6):
        named = store.aliases.move("cats", to(1 + revision % 2, "a"), revision)
    assert [move.revision for move in named.history] == [6, 5, 4]


def test_before_another_version_comes_the_one_that_answers_is_made_champion(store: Store) -> None:
    store.aliases.settle("cats")
    publish(store, "cats", 4)
    store.aliases.settle("cats")
    named = store.aliases.of("cats")
    assert (store.aliases.answering("cats"), named.revision) == (3, 1)
    assert named.history[0].who == "service"
    store.aliases.settle("dogs")
    assert store.aliases.of("dogs").revision == 0


def test_of_a_version_that_is_withdrawn_nothing_is_left(store: Store) -> None:
    for revision, move in enumerate((to(1), to(3), to(3, "staging"), to(2, "other"))):
        store.aliases.move("cats", move, revision)
    store.withdraw_model("cats", "cats-3")
    assert store.aliases.of("cats").versions() == {CHAMPION: 1, "other": 2}
    assert store.models.versions("cats") == [1, 2]
    store.withdraw_model("cats", "cats-3")
    assert store.aliases.of("cats").revision == 6


def test_of_a_version_that_is_withdrawn_the_one_before_it_answers_as_it_did(store: Store) -> None:
    before, last = OperatingPoint(0.2), OperatingPoint(0.7, unsure=False)
    for revision, (version, point) in enumerate(((1, before), (3, USUAL), (3, last))):
        store.aliases.move("cats", replace(to(version), operating_point=point), revision)
    store.withdraw_model("cats", "cats-3")
    named = store.aliases.of("cats")
    assert (named.version(CHAMPION), named.operating_point(CHAMPION)) == (1, before)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"revision": 1}', '{"revision": 1, "aliases": {"a": {}}}']
)
def test_a_file_that_has_changed_on_disk_is_named(store: Store, tmp_path: Path, text: str) -> None:
    store.aliases.move("cats", to(1), 0)
    file_of(store, tmp_path).write_text(text)
    with pytest.raises(DamagedModel, match="Remove it"):
        store.aliases.answering("cats")
    store.aliases.settle("cats")  # a job may publish all the same


def test_a_move_is_kept_as_it_was_told(store: Store, tmp_path: Path) -> None:
    guard = {"allowed": True, "reasons": [], "comparisons": [], "not_compared": []}
    made = replace(to(2, who="job_1"), forced=True, guard=guard)
    store.aliases.move("cats", made, 0)
    [kept] = json.loads(file_of(store, tmp_path).read_text())["history"]
    found = Store(tmp_path).aliases.of("cats").aliases[CHAMPION]
    assert found == replace(made, revision=1, at=kept["at"], operating_point=USUAL)


def test_an_operating_point_stays_with_the_alias_when_another_version_comes(store: Store) -> None:
    other = OperatingPoint(0.2, unsure=False)
    store.aliases.move("cats", replace(to(2), operating_point=other), 0)
    store.aliases.move("cats", to(3), 1)
    named = store.aliases.of("cats")
    assert named.operating_point(CHAMPION) == other
    assert named.operating_point("staging") == USUAL
    points = [(move.point_before, move.operating_point) for move in named.history]
    assert points == [(other, other), (USUAL, other)]


def test_aliases_from_before_there_were_operating_points_answer_as_they_did(
    store: Store, tmp_path: Path
) -> None:
    store.aliases.move("cats", to(2), 0)
    path = file_of(store, tmp_path)
    said = json.loads(path.read_text())
    for move in [*said["aliases"].values(), *said["history"]]:
        del move["operating_point"], move["point_before"]
    path.write_text(json.dumps(said))
    named = Store(tmp_path).aliases.of("cats")
    assert named.version(CHAMPION) == 2
    assert named.operating_point(CHAMPION) == named.history[0].point_before == USUAL
