"""A part of the corpus in the ordinary suite; `make corpus` sends all of it."""

from pathlib import Path

from service.launcher.launcher import Launcher
from tests.corpus.replay import all_cases, replayed
from tests.service.api import Api

EACH = 25  # one of so many
DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_there_are_as_many_cases_as_are_promised_each_with_a_name() -> None:
    names = [case.name for case in all_cases()]
    assert len({*names}) == len(names) >= 600
    assert f"sends {len(names)} uploads" in DOCS.read_text()


def test_some_of_them_become_what_they_should(api: Api, launcher: Launcher) -> None:
    outcomes = replayed(api, all_cases()[::EACH], launcher.settings.data_dir, secret="a secret")
    assert [(one.case.name, one.fault) for one in outcomes if one.fault] == []
