"""What is built to be installed: the service, and its client apart from it."""

import contextlib
import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder
from markdown_it import MarkdownIt

from tests.pages import ROOT, prose

ROOTS = {"purrceptron-server": ROOT, "purrceptron": ROOT / "client"}
FIRST_STEP = "import purrceptron_server; purrceptron_server.main()"
TOUCHED = ("service/__init__.py", "worker/settings.py")
MEDDLER = "meddler-1.0.dist-info"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ZipFile]:
    """Both wheels, by the names of their distributions."""
    folder = str(tmp_path_factory.mktemp("wheels"))

    def wheel(root: Path) -> ZipFile:
        with contextlib.chdir(root):  # as who builds one does: the README is found from there
            return ZipFile(next(WheelBuilder(str(root)).build(directory=folder)))

    return {name: wheel(root) for name, root in ROOTS.items()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The files of the service's source distribution."""
    folder = str(tmp_path_factory.mktemp("source"))
    with tarfile.open(next(SdistBuilder(str(ROOT)).build(directory=folder))) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def top_names(wheel: ZipFile) -> set[str]:
    """The first parts of the paths in a wheel, without what is about it."""
    first = {name.partition("/")[0] for name in wheel.namelist()}
    return {name for name in first if not name.endswith(".dist-info")}


def metadata(wheel: ZipFile) -> Message:
    (path,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(path))


def test_each_wheel_has_its_packages_and_nothing_else(wheels: dict[str, ZipFile]) -> None:
    assert top_names(wheels["purrceptron-server"]) == {"purrceptron_server.py", "service", "worker"}
    assert top_names(wheels["purrceptron"]) == {"purrceptron"}
    assert "purrceptron/py.typed" in wheels["purrceptron"].namelist()


def test_the_service_needs_its_client(wheels: dict[str, ZipFile]) -> None:
    needed = metadata(wheels["purrceptron-server"]).get_all("Requires-Dist") or []
    (floor,) = (text.partition(">=")[2] for text in needed if text.startswith("purrceptron"))
    assert floor == metadata(wheels["purrceptron"])["Version"]


def test_the_page_goes_with_the_service(wheels: dict[str, ZipFile]) -> None:
    folder = ROOT / "service" / "page" / "files"
    files = {path.relative_to(ROOT).as_posix() for path in folder.rglob("*.*")}
    assert files <= set(wheels["purrceptron-server"].namelist())


def test_the_client_needs_httpx_and_pydantic_alone(wheels: dict[str, ZipFile]) -> None:
    needed = metadata(wheels["purrceptron"]).get_all("Requires-Dist") or []
    assert sorted(text.partition(">")[0] for text in needed) == ["httpx", "pydantic"]


@pytest.mark.parametrize("name", ROOTS)
def test_a_wheel_says_what_an_index_shows(wheels: dict[str, ZipFile], name: str) -> None:
    told = metadata(wheels[name])
    assert (told["Name"], told["License-Expression"]) == (name, "MIT")
    assert told["Description-Content-Type"] == "text/markdown"
    assert description(told).startswith("# ")
    assert {f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13, 14)} <= set(
        told.get_all("Classifier") or []
    )


def description(told: Message) -> str:
    """What an index shows below the name."""
    payload = told.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().lstrip()


def addresses(text: str) -> list[str]:
    """What a text in Markdown links to or shows, also by HTML."""
    blocks = MarkdownIt().parse(text)
    tokens = [token for block in blocks for token in [block, *(block.children or [])]]
    by_html = [t.content for t in tokens if t.type in ("html_block", "html_inline")]
    return [
        *(str(value) for t in tokens for key, value in t.attrs.items() if key in ("href", "src")),
        *(
            name
            for html in by_html
            for name in re.findall(r"""(?:href|src)=["']?([^"'> ]+)""", html)
        ),
    ]


@pytest.mark.parametrize("name", ROOTS)
def test_an_index_is_shown_no_link_that_leads_nowhere(
    wheels: dict[str, ZipFile], name: str
) -> None:
    shown = description(metadata(wheels[name]))
    assert [address for address in addresses(shown) if "://" not in address] == []


@pytest.mark.parametrize("name", ROOTS)
def test_an_index_is_shown_the_files_that_were_linked_to(
    wheels: dict[str, ZipFile], source: set[str], name: str
) -> None:
    readme = (ROOTS[name] / "README.md").read_text()
    shown = description(metadata(wheels[name]))
    # Pictures are left out, and what is in the page itself has no file.
    linked = re.findall(r"(?<!!)\[[^\]]+\]\((?:\.\./)*([^)#]+)[^)]*\)", prose(readme))
    files = {file for file in linked if "://" not in file}
    assert files
    assert [file for file in sorted(files) if f"`{file}`" not in shown] == []
    assert files - source == set()


@pytest.mark.parametrize("name", ROOTS)
def test_an_index_is_shown_the_same_commands(wheels: dict[str, ZipFile], name: str) -> None:
    fence = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
    readme = (ROOTS[name] / "README.md").read_text()
    assert fence.findall(description(metadata(wheels[name]))) == fence.findall(readme)


@pytest.fixture(scope="module")
def site(wheels: dict[str, ZipFile], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the service was installed."""
    site = tmp_path_factory.mktemp("site")
    wheels["purrceptron-server"].extractall(site)
    return site


@pytest.fixture
def installed(site: Path, wheels: dict[str, ZipFile]) -> Iterator[Path]:
    """That folder, in which a test may overwrite files."""
    yield site
    for name in TOUCHED:
        wheels["purrceptron-server"].extract(name, site)
    shutil.rmtree(site / MEDDLER, ignore_errors=True)


def purr(*folders: Path) -> subprocess.CompletedProcess[str]:
    """What the command says that is found in these folders, the first one first."""
    return subprocess.run(
        [sys.executable, "-P", "-c", FIRST_STEP, "--version"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True, text=True,
    )  # fmt: skip


def test_an_installed_command_starts(installed: Path) -> None:
    done = purr(installed)
    assert (done.returncode, done.stderr) == (0, "")


def meddle(installed: Path, file: str) -> None:
    """Install another distribution, which has a file of this name."""
    (installed / file).write_text("# of somebody else\n")
    about = installed / MEDDLER
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: meddler\nVersion: 1.0\n")
    (about / "RECORD").write_text(f"{file},,\n")


@pytest.mark.parametrize("file", TOUCHED)
def test_a_file_that_another_distribution_overwrote_is_named(installed: Path, file: str) -> None:
    meddle(installed, file)
    done = purr(installed)
    assert done.returncode == 3
    assert str(installed / file) in done.stderr
    assert "hidden by meddler." in done.stderr
    assert "pipx install purrceptron-server" in done.stderr


def test_a_file_that_went_with_another_distribution_is_named(installed: Path) -> None:
    lost = installed / TOUCHED[1]
    lost.unlink()
    done = purr(installed)
    assert (done.returncode, str(lost) in done.stderr) == (3, True)


def test_a_package_that_is_found_elsewhere_is_named(installed: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "elsewhere" / "worker" / "__init__.py"
    stranger.parent.mkdir(parents=True)
    stranger.touch()
    done = purr(stranger.parents[1], installed)
    assert (done.returncode, str(stranger) in done.stderr) == (3, True)
