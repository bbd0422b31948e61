"""The docs say what the code does: every name is in its place, and the examples run."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import typer
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic.fields import FieldInfo

from service.app import create_app
from service.cli import main
from service.cli.commands.connection import URL
from service.errors import CODES, STATUS
from service.launcher.launcher import Launcher
from service.launcher.valkey import Valkey
from service.settings import ServiceSettings
from tests.test_architecture import LADDER
from worker.errors import family
from worker.jobs.record import MOVES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("benchmarks/**/*.md")])
# Where it is told what a default depends on.
BELOW = {
    "data_dir": "#the-data-folder",
    "kernel_dir": "#compiled-kernels",
    "max_job_bytes": "#memory-of-a-job",
}
SIZES = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10}


def page(name: str) -> str:
    return (DOCS / name).read_text()


def blocks(text: str, *languages: str) -> list[tuple[str, str]]:
    """The fenced blocks in these languages, in their order: language and content."""
    fences = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(language, block) for language, block in fences if language in languages]


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = [line for line in prose(text).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def section(text: str, heading: str) -> str:
    """What stands under a heading, down to the next one of its rank or above."""
    rank = heading.partition(" ")[0]
    under = text.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"\n#{{1,{len(rank)}}} ", under, maxsplit=1)[0]


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
    if not name.endswith("_bytes"):
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


def test_every_finding_is_explained() -> None:
    importers = "".join(path.read_text() for path in (ROOT / "worker" / "data").glob("*.py"))
    found = set(re.findall(r'(?:\bcode=|_counted\()"(\w+)"', importers))
    table = rows(section(page("datasets.md"), "## Findings"))
    assert {names(row[0])[0] for row in table if names(row[0])} == found


def test_every_warning_of_a_prediction_is_explained() -> None:
    makers = [
        ROOT / "worker" / "serving" / "pixel_range.py",
        ROOT / "service" / "responses" / "predictions.py",
    ]
    made = {re.search(r'\bcode="(\w+)"', maker.read_text())[1] for maker in makers}  # type: ignore[index]
    table = rows(section(page("api.md"), "### `POST /v1/predict`"))
    assert made <= {name for row in table for name in names(row[0])}


# Numbers


@pytest.fixture
def exposition(valkey: Valkey, client: redis.Redis, tmp_path: Path) -> str:
    """What is told at /metrics."""
    app = create_app(ServiceSettings(redis_url=valkey.url, data_dir=tmp_path))
    body, _ = app.state.telemetry.exposition("")
    return str(body, "utf-8")


def metrics(exposition: str) -> Iterator[list[str]]:
    """Of each number its name, type, labels and meaning."""
    for found in text_string_to_metric_families(exposition):
        name = f"{found.name}_total" if found.type == "counter" else found.name
        labels = {label for sample in found.samples for label in sample.labels} - {"le"}
        told = " ".join(f"`{label}`" for label in sorted(labels)) or "–"
        yield [f"`{name}`", found.type, told, found.documentation]


def test_every_number_is_listed_with_its_meaning_and_no_other(exposition: str) -> None:
    table = rows(section(page("operations.md"), "## What is told"))
    listed = [row for row in table if len(row) == 4 and names(row[0])]
    assert sorted(listed) == sorted(metrics(exposition))


def test_every_value_of_a_label_that_is_not_from_another_table_is_told(exposition: str) -> None:
    under = section(page("operations.md"), "### Labels")
    told = {names(row[0])[0]: {*names(row[1])} for row in rows(under) if names(row[0])}
    found: dict[str, set[str]] = {}
    for each in text_string_to_metric_families(exposition):
        for sample in each.samples:
            for label, value in sample.labels.items():
                found.setdefault(label, set()).add(value)
    for label in ("status", "kind", "state", "queue", "phase", "reason", "outcome"):
        assert found[label] <= told[label]
    assert found["code"] - {""} <= statuses().keys()
    assert found.keys() - {"le", "version"} == told.keys()


def alerts() -> list[dict[str, Any]]:
    found = [yaml.safe_load(block) for _, block in blocks(page("operations.md"), "yaml")]
    (rules,) = (group["rules"] for each in found for group in each.get("groups", ()))
    return list(rules)


def test_alerts_look_at_numbers_that_there_are(exposition: str) -> None:
    told = {name for name, *_ in metrics(exposition)} | {"`purr_request_duration_seconds_bucket`"}
    for rule in alerts():
        used = set(re.findall(r"\b(?:purr|process)_\w+", rule["expr"]))
        assert {f"`{name}`" for name in used} <= told, rule["alert"]
        for label, value in re.findall(r'(\w+)=~?"([^"]+)"', rule["expr"]):
            for one in value.split("|"):
                assert label == "job" or f'{label}="{one}"' in exposition, rule["alert"]


def test_every_alert_has_a_reason_and_something_to_do() -> None:
    table = rows(section(page("operations.md"), "## Alerts"))
    told = [names(row[0])[0] for row in table if names(row[0])]
    assert told == [rule["alert"] for rule in alerts()]
    assert all(len(row) == 3 and all(row) for row in table if names(row[0]))


# The command


def commands() -> Iterator[tuple[str, set[str]]]:
    """Every command of `purr` that does something, by the words one types, and its options."""

    def below(command: Any, words: str) -> Iterator[tuple[str, set[str]]]:
        children = getattr(command, "commands", None)
        if children is None:
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


# The README's conversation


@pytest.fixture(scope="module")
def conversation(
    launcher: Launcher, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str]]:
    """What the README shows as the answer of each of its commands, and what was answered."""
    text = section((ROOT / "README.md").read_text(), "## A conversation").replace(
        URL, launcher.address
    )
    script, shown = "", []
    for language, block in blocks(text, "sh", "text"):
        if language == "sh":
            script += f"printf '\\n%s\\n' '<<<'\n{block}"
            shown.append("")
        else:
            shown[-1] = block
    folder = tmp_path_factory.mktemp("conversation")
    bin_folder = Path(sys.executable).parent
    environ = {
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "PURR_URL": launcher.address,
        "HOME": str(folder),
        "no_proxy": "127.0.0.1",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, f"{shlex.quote(script)}\n{done.stdout}\n{done.stderr}"
    return list(zip(shown, done.stdout.split("\n<<<\n")[1:], strict=True))


def without_chance(text: str) -> str:
    """The text without what differs from machine to machine: ids, numbers and line ends."""
    text = re.sub(r"\b(ds|job)_[0-9a-f]+", r"\1_#", text)
    return re.sub(r"\d+(\.\d+)?(e-\d+)?", "#", text).replace("\n", "").replace("#…", "…")


@pytest.mark.timeout(300)
def test_the_readme_shows_what_is_answered(conversation: list[tuple[str, str]]) -> None:
    for shown, answered in conversation:
        pieces = [re.escape(piece) for piece in without_chance(shown).split("…")]
        # The dots stand for digits, or for fields that are left out.
        assert re.fullmatch(".*?".join(pieces) or ".*", without_chance(answered)), shown


@pytest.mark.timeout(300)
def test_the_conversation_ends_with_a_cat(conversation: list[tuple[str, str]]) -> None:
    labels = [line.split() for line in conversation[-1][1].splitlines() if line]
    assert [label for _, label, _ in labels[-2:]] == ["cat", "other"]
