"""The pages of docs/ into which measured numbers are filled, and tables in them."""

from benchmarks.setting import ROOT

DOCS = ROOT / "docs"


def markdown(rows: list[list[str]]) -> str:
    """A table of these cells; the first row is its head."""
    head, *rest = rows
    lines = [head, ["---"] * len(head), *rest]
    return "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in lines)
