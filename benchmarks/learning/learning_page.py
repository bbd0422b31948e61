"""Fills the numbers of docs/figures/numbers.json into docs/learning.md, between its marks.

`<!--n:depth.relu.loss-->` … `<!--/-->` holds one number, `<!-- numbers: depth -->` …
`<!-- end -->` a table of measures, `<!-- doctor: depth -->` one of findings.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from benchmarks.learning.experiments import plain
from benchmarks.pages import DOCS, markdown
from worker.jsontypes import Json

PAGE, FIGURES = DOCS / "learning.md", DOCS / "figures"
NUMBERS = FIGURES / "numbers.json"

NUMBER = re.compile(r"(<!--n:([\w.]+)-->)(.*?)(<!--/-->)", re.DOTALL)
TABLE = re.compile(r"(<!-- (numbers|doctor): (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)

SHARES = ("train_accuracy", "test_accuracy", "out_of_use")
COLUMNS: dict[str, dict[str, str]] = {
    "depth": {
        "shrinks_by": "gradient shrinks, per layer, by",
        "loss": "loss",
        "test_accuracy": "test accuracy",
    },
    "start": {
        "first_loss": "loss, first epoch",
        "loss": "loss, last epoch",
        "out_of_use": "units out of use",
        "train_accuracy": "training accuracy",
        "test_accuracy": "test accuracy",
    },
    "normalization": {
        "first_loss": "loss, first epoch",
        "loss": "loss, last epoch",
        "out_of_use": "units out of use",
        "test_accuracy": "test accuracy",
    },
    "optimizers": {
        "learned_epoch": "epochs to half a guess",
        "loss": "loss, last epoch",
        "lowest_loss": "lowest loss",
        "late_peak": "highest, second half",
        "test_accuracy": "test accuracy",
    },
    "best_rates": {
        "rate": "best rate",
        "loss": "loss there",
        "late_peak": "highest, second half",
        "test_accuracy": "test accuracy there",
        "lowest": "learns from",
        "highest": "up to",
    },
}


def filled(page: str, numbers: Json) -> str:
    """The page with everything between its marks as the numbers say."""
    tables: dict[str, Callable[[str, Json], str]] = {"numbers": measured, "doctor": diagnosed}

    def table(match: re.Match[str]) -> str:
        start, kind, name, _, end = match.groups()
        return start + tables[kind](name, numbers[name]) + end

    def number(match: re.Match[str]) -> str:
        start, path, _, end = match.groups()
        return start + told(path, numbers) + end

    return NUMBER.sub(number, TABLE.sub(table, page))


def told(path: str, numbers: Json) -> str:
    """The number at `depth.relu.loss`, as text."""
    value: Any = numbers
    for name in path.split("."):
        value = value[name]
    return shown(path.rpartition(".")[2], value)


def shown(measure: str, value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if measure in SHARES:
        return f"{100 * value:.3g} %"
    if value >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return plain(value)


def measured(name: str, lines: Json) -> str:
    columns = COLUMNS[name]
    rows = [["", *columns.values()]]
    for line in lines.values():
        rows.append([line["title"], *(shown(key, line[key]) for key in columns)])
    return markdown(rows)


def diagnosed(name: str, lines: Json) -> str:
    rows = [["", "findings, and in how many jobs", "the first one's patch"]]
    for line in lines.values():
        if not (found := line["findings"]):
            continue
        codes = ", ".join(f"[{f['code']}](doctor.md#{f['code']}) {f['jobs']}" for f in found)
        rows.append([line["title"], codes, patched(found[0]["patch"])])
    return markdown(rows)


def patched(patch: list[Json]) -> str:
    values = [(change["path"], change["value"]) for change in patch]
    return ", ".join(
        f"`{path}`: `{plain(value) if isinstance(value, float) else json.dumps(value)}`"
        for path, value in values
    )
