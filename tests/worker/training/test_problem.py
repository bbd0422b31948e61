from dataclasses import replace

from tests.worker.training.test_fit import pictures
from tests.worker.training.test_tables import table
from worker.training.problem import Problem


def test_a_manifest_tells_the_same_problem_as_its_dataset() -> None:
    dataset = pictures(rows=60, classes=3)
    splits = {name: {"rows": len(split)} for name, split in dataset.splits.items()}
    manifest = {"shape": dataset.shape, "classes": dataset.classes, "splits": splits}
    manifest |= {"preprocessing": dataset.preprocessing}
    problem = Problem.of_dataset(dataset)
    assert problem == Problem.of_manifest(manifest)
    assert problem == Problem((4, 4, 3), 3, {"train": 60, "test": 20})
    assert problem.features == 48


def test_the_numbers_of_a_table_are_part_of_its_problem() -> None:
    dataset = table(rows=60)
    splits = {name: {"rows": len(split)} for name, split in dataset.splits.items()}
    manifest = {"shape": [5], "classes": dataset.classes, "splits": splits, "dtype": "float32"}
    manifest |= {"preprocessing": dataset.preprocessing}
    problem = Problem.of_dataset(dataset)
    assert problem == Problem.of_manifest(manifest)
    assert (problem.dtype, problem.normalized) == ("float32", True)


def test_which_splits_there_are_is_part_of_the_problem() -> None:
    dataset = pictures()
    alone = replace(dataset, splits={"train": dataset.train})
    assert Problem.of_dataset(alone).rows == {"train": 60}
