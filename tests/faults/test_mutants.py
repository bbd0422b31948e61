"""The checker is worth what it notices: each seeded fault must be reported."""

from pathlib import Path

import pytest

from tests.faults.checker import INVARIANTS
from tests.faults.copies import with_fault
from tests.faults.mutant import Edit, Mutant
from tests.faults.mutants import MUTANTS
from tests.faults.runs import perform
from tests.faults.subject import ROOT
from worker.jsontypes import Json

EDITS = dict.fromkeys(edit for mutant in MUTANTS for edit in mutant.edits)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.file}: {edit.old:.40}")
def test_what_a_seeded_fault_replaces_stands_there_once(edit: Edit) -> None:
    assert (ROOT / "worker" / f"{edit.file}.py").read_text().count(edit.old) == 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.name))
def test_a_seeded_fault_is_noticed(mutant: Mutant, twins: dict[str, Json], tmp_path: Path) -> None:
    how = {"workers": 1, **mutant.settings, "tree": with_fault(mutant, tmp_path / "tree")}
    outcome = perform(mutant.suffers, twins, **how)
    noticed = {breach.invariant for breach in outcome.breaches}
    assert noticed & mutant.caught_by, f"noticed only {sorted(noticed)}"


def test_the_invariants_that_seeded_faults_name_exist() -> None:
    assert {name for mutant in MUTANTS for name in mutant.caught_by} <= INVARIANTS.keys()
