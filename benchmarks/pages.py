"""The pages of docs/ into which measured numbers are filled, and tables in them."""

import json

from benchmarks.setting import ROOT
from worker.jsontypes import Json

DOCS = ROOT / "docs"


def markdown(rows: list[list[str]]) -> str:
    """A table of these cells; the first row is its head."""
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in lines)


def entries(found: Json, levels: int) -> str:
    """JSON in which each entry of so many outermost levels begins a line."""
    if not levels or not isinstance(found, dict):
        return json.dumps(found)
    inside = (f"{json.dumps(name)}: {entries(each, levels - 1)}" for name, each in found.items())
    return "{\n" + ",\n".join(inside) + "\n}"
