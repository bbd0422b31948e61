"""How names are told in messages."""

import pytest

from worker.data.packed import SHOWN_CHARACTERS, quoted, some


@pytest.mark.parametrize(
    ("things", "words"),
    [
        ([], ""),
        (["a"], "'a'"),
        (["a", "b"], "'a', 'b'"),
        (["a", "b", "c"], "'a', 'b' and 1 more"),
        (["a"] * 1_234, "'a', 'a' and 1,232 more"),
    ],
)
def test_the_first_are_told_and_the_rest_counted(things: list[str], words: str) -> None:
    assert some(things, 2, quoted) == words


def test_what_stands_between_may_be_said() -> None:
    assert some([1, 2, 3], 2, joint="; ") == "1; 2 and 1 more"


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "a" * 1_000])
def test_a_name_takes_one_line_of_few_letters_whatever_is_in_it(name: str) -> None:
    told = quoted(name)
    assert told.isprintable()
    assert len(told) <= SHOWN_CHARACTERS + len("''")
