"""The docs say what the code does: every name is in its place, and the examples run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic.fields import FieldInfo

from service.app import create_app
from service.cli import main
from service.cli.commands.connection import URL
from service.errors import CODES, STATUS
from service.schemas.backbones import Backbone
from service.schemas.datasets import Dataset
from service.settings import ServiceSettings, limits_of
from tests.pages import DOCS, PAGES, ROOT, blocks, names, page, prose, rows, section
from tests.test_architecture import LADDER
from worker.data.checks import OF_READING
from worker.data.row_checks import OF_PICTURES
from worker.data.tables.checks import OF_COLUMNS, OF_TABLE
from worker.doctor.examination import COMPLAINTS
from worker.errors import family
from worker.jobs.record import MOVES

# Where it is told what a default depends on.
BELOW = {
    "data_dir": "#the-data-folder",
    "kernel_dir": "#compiled-kernels",
    "max_job_bytes": "#memory-of-a-job",
}
SIZES = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


# States


def test_the_states_are_those_of_the_table() -> None:
    told = [tuple(cell.strip("`") for cell in row) for row in rows(page("states.md"))[2:]]
    assert told == list(MOVES)


# Settings


def default(name: str, field: FieldInfo) -> str:
    if field.default_factory is not None:
        return f"see [below]({BELOW[name]})"
    if field.default is None:
        return "unset"
    if field.default == ():
        return "none"
    if not name.endswith("_bytes") or not field.default:
        return f"`{field.default}`"
    unit, size = next((unit, n) for unit, n in SIZES.items() if field.default % n == 0)
    return f"`{field.default}` ({field.default // size} {unit})"


def test_every_setting_is_listed_with_its_default_and_its_meaning() -> None:
    expected = [
        f"| `PURR_{name.upper()}` | {default(name, field)} | {field.description} |"
        for name, field in ServiceSettings.model_fields.items()
    ]
    settings = section(page("configuration.md"), "## Settings")
    found = re.findall(r"^\| `PURR_.*$", settings, re.MULTILINE)
    client = [row for row in found if row.startswith("| `PURR_URL`")]
    assert found[: len(expected)] == expected
    assert client == [f"| `PURR_URL` | `{URL}` | Where the service is. |"]


# Routes and problems


def test_every_route_has_a_heading_and_no_other() -> None:
    paths = create_app(ServiceSettings(redis_url="unix:///nowhere")).openapi()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    headings = re.findall(r"^### `([A-Z]+ /.*)`$", page("api.md"), re.MULTILINE)
    assert sorted(headings) == sorted(routes)


def examples(heading: str) -> list[Any]:
    """The JSON that stands under a heading of the API."""
    return [json.loads(block) for _, block in blocks(section(page("api.md"), heading), "json")]


def test_the_limits_that_are_shown_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    (shown,) = examples("### `GET /v1/limits`")
    # The one that depends on the machine is the example's own.
    monkeypatch.setenv("PURR_MAX_JOB_BYTES", str(shown["max_job_bytes"]))
    assert shown == limits_of(ServiceSettings())


@pytest.mark.parametrize(
    "heading",
    [
        "### `POST /v1/datasets`",
        "### `GET /v1/datasets/{dataset_id}`",
        "### `POST /v1/datasets/{dataset_id}/versions`",
    ],
)
def test_a_dataset_is_shown_with_all_its_fields(heading: str) -> None:
    shown = [example for example in examples(heading) if "state" in example]
    assert [set(example) for example in shown] == [set(Dataset.model_fields)]


@pytest.mark.parametrize(
    "heading", ["### `POST /v1/backbones`", "### `GET /v1/backbones/{backbone}`"]
)
def test_a_backbone_is_shown_with_all_its_fields(heading: str) -> None:
    assert [set(example) for example in examples(heading)] == [set(Backbone.model_fields)]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/static-offline-docs"])
def test_the_documentation_pages_are_named(path: str) -> None:
    assert path in section(page("api.md"), "### Documentation pages")


def statuses() -> dict[str, str]:
    """Every code and its number; "job" for those that no request is answered with."""
    kinds = {kind.code: str(STATUS[kind]) if kind in STATUS else "job" for kind in family()}
    return kinds | {code: str(status) for status, code in CODES.items()}


def test_every_code_is_in_the_table_with_its_number() -> None:
    table = rows(section(page("api.md"), "### Codes"))
    assert {names(row[0])[0]: row[1] for row in table if names(row[0])} == statuses()


def test_every_finding_on_a_dataset_is_explained_with_its_severity() -> None:
    found = {rule.code: rule.severity for rule in OF_READING}
    found |= {rule.code: rule.severity for rule in (*OF_PICTURES, *OF_TABLE)}
    found |= {rule.code: rule.severity for rule in OF_COLUMNS}
    table = rows(section(page("datasets.md"), "## Findings"))
    assert {names(row[0])[0]: row[1] for row in table if names(row[0])} == found


def test_every_finding_on_a_job_is_explained_with_its_severity() -> None:
    told = re.findall(r"^## `(\w+)`\n\n(\w+)", page("doctor.md"), re.MULTILINE)
    assert [(code, word.lower()) for code, word in told] == [
        (rule.code, rule.severity) for rule in COMPLAINTS
    ]


def test_every_warning_of_a_prediction_is_explained() -> None:
    makers = ["worker/data/pixel_range.py", "service/responses/predictions.py"]
    sources = "".join((ROOT / maker).read_text() for maker in makers)
    made = set(re.findall(r'\bcode="(\w+)"', sources))
    table = rows(section(page("api.md"), "### `POST /v1/predict`"))
    assert set() < made <= {name for row in table for name in names(row[0])}


# The command


def commands() -> Iterator[tuple[str, set[str]]]:
    """Every command of `purr` that does something, by the words one types, and its options."""

    def below(command: Any, words: str) -> Iterator[tuple[str, set[str]]]:
        children = getattr(command, "commands", None)
        if children is None or (command.invoke_without_command and words != "purr"):
            options = [p for p in command.params if p.param_type_name == "option"]
            yield words, {name for o in options for name in [*o.opts, *o.secondary_opts]}
        for name, child in (children or {}).items():
            yield from below(child, f"{words} {name}")

    return below(typer.main.get_command(main.app), "purr")


def test_every_command_has_a_heading_and_no_other() -> None:
    headings = re.findall(r"^### `(purr .*)`$", page("cli.md"), re.MULTILINE)
    assert sorted(headings) == sorted(words for words, _ in commands())


@pytest.mark.parametrize(("words", "options"), [pytest.param(*c, id=c[0]) for c in commands()])
def test_every_option_is_named_under_its_command(words: str, options: set[str]) -> None:
    under = section(page("cli.md"), f"### `{words}`")
    spoken = {word for name in names(under) for word in name.split()}
    assert options - spoken == set()


# The ladder


def test_the_ladder_is_the_one_that_is_enforced() -> None:
    table = rows(section(page("architecture.md"), "## The ladder"))
    rungs = [(row[0], names(row[1])) for row in table if row[0].isdigit()]
    expected = [(str(1 + rung), rooms) for rung, rooms in enumerate(LADDER)]
    assert rungs[::-1] == expected


# Links and examples


def anchors(text: str) -> set[str]:
    """The names by which headings can be linked to."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    text = prose(path.read_text())
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    astray = []
    for link in links:
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            astray.append(link)
    assert astray == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_json_examples_are_json(path: Path) -> None:
    for _, example in blocks(path.read_text(), "json"):
        json.loads(example)


def test_readme_has_all_pages() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [path.name for path in DOCS.glob("*.md") if f"(docs/{path.name})" not in readme] == []
