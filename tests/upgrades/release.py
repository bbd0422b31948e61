"""Another release of the service, taken from the repository and run by the libraries of here."""

import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from tests.pages import ROOT

CORE = "worker/nn"
# What each process runs; `purr` itself would load the client library of here.
UP = """
import sys
from service.launcher.up import run_until_signal
from service.settings import ServiceSettings
sys.exit(run_until_signal(ServiceSettings()))
"""
API = """
from service.app import serve
from service.settings import ServiceSettings
serve(ServiceSettings())
"""


class Release:
    """The service and the worker as they were at a revision.

    Args:
        tree: an empty folder for their files.
        revision: as git knows it; None for the files that lie here.
    """

    def __init__(self, tree: Path, revision: str | None) -> None:
        self.revision, self._tree = revision, ROOT
        if revision is not None:
            self._tree = tree
            self._check_out(revision)

    def start(self, *arguments: str, log: Path | None = None, **settings: Any) -> Any:
        """Returns a process of `python` with these arguments; it is the leader of a session."""
        variables = {f"PURR_{name.upper()}": str(value) for name, value in settings.items()}
        env = {**os.environ, "PYTHONPATH": str(self._tree), **variables}
        with (log or Path(os.devnull)).open("ab") as told:
            return subprocess.Popen(
                [sys.executable, "-P", *arguments],
                env=env,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )

    def up(self, **how: Any) -> Any:
        return self.start("-c", UP, **how)

    def api(self, **how: Any) -> Any:
        return self.start("-c", API, **how)

    def worker(self, queue: str, **how: Any) -> Any:
        return self.start("-m", "worker", queue, **how)

    def _check_out(self, revision: str) -> None:
        packed = git("archive", revision, "service", "worker")
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(self._tree, filter="data")
        if git("diff", "--name-only", revision, "--", CORE).strip():
            return  # its kernels are compiled, which takes a minute or two
        # Kernels are good for the place where their sources lie, and these are the same.
        (self._tree / CORE).rename(self._tree / "nn")
        here = str(ROOT / "worker")
        (self._tree / "worker" / "__init__.py").write_text(f"__path__.append({here!r})\n")


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
