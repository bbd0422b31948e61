"""Copies of the product with a fault in them."""

import shutil
from pathlib import Path

from tests.faults.mutant import Mutant
from tests.faults.subject import ROOT

CORE = "nn"  # is used where it lies, for compiled kernels are good for that place alone


def with_fault(mutant: Mutant, tree: Path) -> Path:
    """Copy the product into this folder, and put the fault in; gives the folder."""
    for package in ("service", "worker"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns(CORE))
    (tree / "worker" / "__init__.py").write_text(f"__path__.append({str(ROOT / 'worker')!r})\n")
    for edit in mutant.edits:
        path = tree / "worker" / f"{edit.file}.py"
        path.write_text(path.read_text().replace(edit.old, edit.new))
    return tree
