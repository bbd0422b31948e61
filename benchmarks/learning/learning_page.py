"""Fills docs/learning.md and its neighbours, between their marks, with the numbers of
docs/figures/numbers.json, of learn.json and features.json in benchmarks/results, and of the
recipes' networks.

`<!--n:depth.relu.loss-->` … `<!--/-->` holds one number, `<!-- numbers: depth -->` …
`<!-- end -->` a table of measures, `<!-- doctor: depth -->` one of findings, and
`<!-- spec: depth.relu -->` a spec to be submitted. `learned` has what the recipe `photos` was seen
to reach, `features` what `backbone` was, `network` what is known of a network before it is trained.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from benchmarks.learning import network_tables, specs
from benchmarks.learning.columns import COLUMNS, SHARES
from benchmarks.learning.lines import plain
from benchmarks.pages import DOCS, markdown
from benchmarks.setting import RESULTS
from worker.jsontypes import Json

PAGES = tuple(DOCS / name for name in ("learning.md", "learning-steps.md", "learning-limits.md"))
FIGURES = DOCS / "figures"
NUMBERS, LEARNED = FIGURES / "numbers.json", RESULTS / "learn.json"
OF_FEATURES = RESULTS / "features.json"
PHOTOS = FIGURES / "photos.svg"

NUMBER = re.compile(r"(<!--n:([\w.]+)-->)(.*?)(<!--/-->)", re.DOTALL)
TABLE = re.compile(
    r"(<!-- (numbers|doctor|learned|features|network|spec): ([\w.]+) -->\n)(.*?)(<!-- end -->)",
    re.DOTALL,
)


def write_pages() -> None:
    for page in PAGES:
        page.write_text(filled(page.read_text(), known()))


def known() -> Json:
    """All numbers that were measured; nothing of `photos` or `backbone` before they were."""
    files = {"learned": LEARNED, "features": OF_FEATURES}
    found = {name: json.loads(file.read_text())["sets"] if file.exists() else {}
             for name, file in files.items()}  # fmt: skip
    return {**json.loads(NUMBERS.read_text()), **found}


def filled(page: str, numbers: Json) -> str:
    """The page with everything between its marks as the numbers say."""
    tables: dict[str, Callable[[str], str]] = {
        "numbers": lambda path: measured(path.rpartition(".")[2], at(path, numbers)),
        "doctor": lambda name: diagnosed(name, numbers[name]),
        "learned": lambda name: LEARNED_TABLES[name](numbers["learned"]),
        "features": lambda name: of_features(numbers["features"]),
        "network": lambda name: markdown(network_tables.TABLES[name]()),
        "spec": lambda path: specs.fold(path, numbers),
    }

    def table(match: re.Match[str]) -> str:
        start, kind, name, _, end = match.groups()
        return start + tables[kind](name) + end

    def number(match: re.Match[str]) -> str:
        start, path, _, end = match.groups()
        return start + told(path, numbers) + end

    return NUMBER.sub(number, TABLE.sub(table, page))


def told(path: str, numbers: Json) -> str:
    """The number at `depth.relu.loss`, as text."""
    return shown(path.rpartition(".")[2], at(path, numbers))


def at(path: str, numbers: Json) -> Any:
    """What stands under names between dots."""
    found: Any = numbers
    for name in path.split("."):
        found = found[name]
    return found


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
        rows.append([line["title"], *(spread(key, line) for key in columns)])
    return markdown(rows)


def spread(measure: str, line: Json) -> str:
    """The median, and from where to where the seeds go, where that is known and more than one
    number."""
    low, high = line.get("ranges", {}).get(measure, [None, None])
    told = shown(measure, line[measure])
    if low == high:
        return told
    return f"{told} ({shown(measure, low)} to {shown(measure, high)})"


def diagnosed(name: str, lines: Json) -> str:
    rows = [["", "findings, and in how many jobs", "the first patch"]]
    for line in lines.values():
        if not (found := line["findings"]):
            continue
        codes = ", ".join(f"[{f['code']}](doctor.md#{f['code']}) {f['jobs']}" for f in found)
        patch: list[Json] = next((f["patch"] for f in found if f["patch"]), [])
        rows.append([line["title"], codes, patched(patch)])
    return markdown(rows)


def patched(patch: list[Json]) -> str:
    values = [(change["path"], change["value"]) for change in patch]
    return ", ".join(
        f"`{path}`: `{plain(value) if isinstance(value, float) else json.dumps(value)}`"
        for path, value in values
    )


def reached(sets: Json) -> str:
    """What the recipe `photos` reached on each set of pictures."""
    rows = [["pictures", "to learn from", "test accuracy", "95 % interval", "seeds", "minutes"]]
    for found in sets.values():
        accuracies = found["accuracies"]
        rows.append(
            [
                *(found["title"], shown("rows", found["train_rows"])),
                *(percent(found["mean"]), between(found["interval"])),
                *(str(len(accuracies)), f"{found['minutes']:.1f}"),
            ]
        )
    return markdown(rows) if sets else NOTHING


def parts(sets: Json) -> str:
    """What it reached without one part of it, a column for each set of pictures."""
    tried = [found for found in sets.values() if found["ablation"]]
    rows = [["", *(found["title"] for found in tried)]]
    rows.append(["the recipe", *(percent(found["mean"]) for found in tried)])
    for part in tried[0]["ablation"] if tried else ():
        rows.append([part, *(percent(found["ablation"][part]["mean"]) for found in tried)])
    return markdown(rows) if tried else NOTHING


def of_features(sets: Json) -> str:
    """What the recipe `backbone` reached on each set of pictures, from few to all of them."""
    rows = [["pictures", "to learn from", "test accuracy", "95 % interval", "times", "seconds"]]
    for found in sets.values():
        for size in found["sizes"]:
            rows.append(
                [
                    *(found["title"], shown("rows", size["train_rows"])),
                    *(percent(size["mean"]), between(size["interval"])),
                    *(str(len(size["accuracies"])), f"{size['seconds']:.1f}"),
                ]
            )
    return markdown(rows) if sets else NOTHING


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def between(ends: list[float] | None) -> str:
    return "–" if ends is None else f"{100 * ends[0]:.1f} to {percent(ends[1])}"


def curves(sets: Json) -> str:
    """The plot of them."""
    about = (
        "Left: loss by epoch. Right: test accuracy of the recipe, and without each of its parts."
    )
    return f"![{about}](figures/{PHOTOS.name})\n" if sets else NOTHING


NOTHING = "Not measured yet.\n"
LEARNED_TABLES: dict[str, Callable[[Json], str]] = {
    "reached": reached,
    "parts": parts,
    "curves": curves,
}
