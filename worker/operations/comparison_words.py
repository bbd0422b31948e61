"""What comes of a comparison of jobs, in words."""

from collections.abc import Iterator, Sequence

from worker.findings.letters import LETTERS
from worker.findings.paired import RARE
from worker.operations.differences import Difference
from worker.operations.same_rows import Pair, SameRows

SHOWN = 3  # differences, or pairs, that are named at most
MOST_VALUES = 60  # characters of what the jobs have there
# Of a spec: what names a job or says when it runs, and changes nothing of how it learns.
IDLE = {"/model", "/priority", "/webhook", "/promote", "/parent", "/recipe", "/keep_checkpoints"}


def in_words(
    spec: Sequence[Difference],
    datasets: int,
    parting: tuple[str, float | None],
    compared: SameRows | None,
) -> str:
    """Returns sentences for a person.

    Args:
        spec: where the specs differ.
        datasets: how many things differ of what they learn from.
        parting: what counts, "epoch", "step" or "seconds", and from where on the costs are apart.
        compared: how their models answered the same test rows.
    """
    sentences = [
        differences_in_words(spec, datasets),
        parting_in_words(*parting),
        *rows_in_words(compared),
    ]
    return " ".join(sentences)


def differences_in_words(spec: Sequence[Difference], datasets: int) -> str:
    said = [told(each) for each in spec if each.path not in IDLE]
    said += ["the datasets"] if datasets else []
    if not said:
        return "Nothing differs that changes how they learn."
    if len(said) == 1:
        return f"Only {said[0]} differ{'' if datasets else 's'}."
    more = f" and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return f"{len(said)} things differ: {', '.join(said[:SHOWN])}{more}."


def told(difference: Difference) -> str:
    """Such as "optimizer/learning_rate (0.01, 0.1)"."""
    name = difference.path.removeprefix("/")
    values = ", ".join("none" if value is None else str(value) for value in difference.values)
    return name if len(values) > MOST_VALUES else f"{name} ({values})"


def parting_in_words(by: str, place: float | None) -> str:
    if place is None:
        return "The costs end together."
    if by == "seconds":
        return f"The costs part after {place:.3g} seconds."
    return f"The costs part at {by} {place:,}."


def rows_in_words(compared: SameRows | None) -> Iterator[str]:
    if compared is None:
        yield "There are no test rows of which it is known what two of them answered."
        return
    right = ", ".join(f"{each:,}" for each in compared.right)
    yield f"On the same {compared.rows:,} test rows they are right on {right}:"
    p = f"p = {compared.p:.2g}"
    if compared.p >= RARE:
        yield f"the difference is not significant ({p})."
    elif len(compared.pairs) == 1:
        yield f"the difference is significant ({p})."
    else:
        yield f"they differ significantly ({p}){pairs_in_words(compared.pairs)}."


def pairs_in_words(pairs: Sequence[Pair]) -> str:
    """Which two differ, by their letters."""
    apart = [each for each in pairs if not each.is_chance]
    if not apart:
        return ", but no two of them do"
    said = [f"{LETTERS[each.first]} and {LETTERS[each.second]}" for each in apart[:SHOWN]]
    more = f" and {len(apart) - SHOWN:,} more" if len(apart) > SHOWN else ""
    return f", by pairs {', '.join(said)}{more}"
