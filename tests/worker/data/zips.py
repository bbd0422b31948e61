"""Archives of pictures as the importer reads them."""

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from tests.worker.data.making import encoded, pictures
from worker.data import picture_folders
from worker.data.checks import OF_READING
from worker.data.kinds import kind_of
from worker.data.options import AS_THEY_ARE, ImportOptions
from worker.findings.finding import Finding
from worker.findings.rule import findings
from worker.settings import Settings

PICTURE = encoded(pictures(1, 64)[0])


class Read(NamedTuple):
    classes: list[str]
    labels: dict[str, list[int]]
    pixels: dict[str, list[Any]]
    findings: list[Finding]

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]


def read(*paths: Path, seed: int = 1, options: ImportOptions = AS_THEY_ARE, **limits: Any) -> Read:
    labels: dict[str, list[int]] = defaultdict(list)
    pixels: dict[str, list[Any]] = defaultdict(list)
    of_kind = {path: kind_of(path) for path in paths}
    with picture_folders.opened(of_kind, options, Settings(**limits), seed) as contents:
        for block in contents.blocks:
            labels[block.split] += block.y.tolist()
            pixels[block.split] += [*block.x]
    return Read(contents.classes, labels, pixels, findings(OF_READING, contents.reading))
