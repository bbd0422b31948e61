"""Fills the comparison of results/steps.json into docs/performance.md, between its marks.

The marks are `<!-- steps -->` and `<!-- end -->`, each on a line of its own.
"""

import argparse
import json
import re
import textwrap

from benchmarks.pages import DOCS, markdown
from benchmarks.setting import RESULTS
from worker.jsontypes import Json

PAGE = DOCS / "performance.md"
TABLE = re.compile(r"(<!-- steps -->\n)(.*?)(<!-- end -->)", re.DOTALL)

# A column for each; of several ways with the same library the fastest counts.
COLUMNS = {
    "plain NumPy": ("notebook",),
    "scikit-learn": ("sklearn",),
    "PyTorch": ("pytorch",),
    "PyTorch, compiled": ("pytorch_compiled", "pytorch_compiled_step"),
    "JAX": ("jax", "jax_scan"),
    "ours": ("ours",),
}
LIBRARIES = {
    "python": "Python",
    "numpy": "NumPy",
    "numba": "Numba",
    "torch": "PyTorch",
    "jax": "JAX",
    "scikit-learn": "scikit-learn",
}


def filled(page: str, found: Json) -> str:
    """The page with the comparison between its marks."""
    if not TABLE.search(page):
        raise SystemExit(f"Expected the marks <!-- steps --> and <!-- end --> in {PAGE.name}.")
    return TABLE.sub(lambda match: match[1] + told(found) + match[3], page)


def told(found: Json) -> str:
    return f"{setting_of(found)}\n\n{sizes(found)}\n{speeds(found)}\n{losses(found)}\n"


def setting_of(found: Json) -> str:
    machine, versions = found["machine"], found["versions"]
    libraries = [f"{name} {versions[key]}" for key, name in LIBRARIES.items() if key in versions]
    return textwrap.fill(
        f"{machine['processor']}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 1e9:.0f} GB of memory, {machine['system']}; "
        f"{', '.join(libraries)}; commit `{found['commit']}`; {found['threads']} threads, "
        f"{found['rounds']} rounds.",
        width=100,
        break_long_words=False,
        break_on_hyphens=False,
    )


def sizes(found: Json) -> str:
    rows = [["", "network", "parameters", "rows", "in a step", "optimizer"]]
    for name, one in found["workloads"].items():
        of = one["sizes"]
        rows.append(
            [
                name,
                "-".join(map(str, of["widths"])),
                f"{of['parameters']:,}",
                f"{of['rows']:,}",
                "all" if of["batch"] >= of["rows"] else str(of["batch"]),
                of["optimizer"],
            ]
        )
    return markdown(rows)


def speeds(found: Json) -> str:
    """Microseconds per step: the median, and the middle half in brackets."""
    rows = [["microseconds per step", *COLUMNS, "ours ÷ the fastest peer"]]
    for name, one in found["workloads"].items():
        best = {column: fastest(one, names) for column, names in COLUMNS.items()}
        rows.append([name, *map(shown, best.values()), share(best)])
    return markdown(rows)


def fastest(one: Json, names: tuple[str, ...]) -> Json | None:
    measured = one["microseconds_per_step"]
    return min(
        (measured[name] for name in names if name in measured),
        key=lambda numbers: numbers["median"],
        default=None,
    )


def shown(numbers: Json | None) -> str:
    if numbers is None:
        return "–"
    low, high = (rounded(quartile) for quartile in numbers["quartiles"])
    return f"{rounded(numbers['median'])} [{low}, {high}]"


def rounded(microseconds: float) -> str:
    return f"{microseconds:,.1f}" if microseconds < 100 else f"{microseconds:,.0f}"


def share(best: dict[str, Json | None]) -> str:
    """Of the fastest peer's time."""
    ours = best["ours"]
    peers = [n["median"] for column, n in best.items() if n is not None and column != "ours"]
    return f"{ours['median'] / min(peers):.2f}" if ours is not None and peers else "–"


def losses(found: Json) -> str:
    """Whether all have computed the same, by the losses after the same steps."""
    rows = [["", "loss of PyTorch", "others differ by up to", "scikit-learn by", "as expected"]]
    for name, one in found["workloads"].items():
        differences = dict(one["differences_of_losses"])
        own = differences.pop("sklearn", None)
        rows.append(
            [
                name,
                f"{one['losses']['pytorch']:.4f}",
                percent(max(differences.values())),
                "–" if own is None else percent(own),
                "yes" if one["same_losses"] else "no",
            ]
        )
    return markdown(rows)


def percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 1e-5 else "less than 0.001 %"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    results = RESULTS / "steps.json"
    if not results.exists():
        raise SystemExit(f"Expected {results}; python -m benchmarks.core.steps makes it.")
    found = json.loads(results.read_text())
    PAGE.write_text(filled(PAGE.read_text(), found))
    print(f"filled {PAGE.name}")


if __name__ == "__main__":
    main()
