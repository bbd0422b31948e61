"""The docs as one site: every page is on it as it was written, and nothing of it lies elsewhere."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from docs.site import gather
from tests.pages import ROOT
from tests.test_docs import anchors

PYTHON = ROOT / ".venv-docs" / "bin" / "python"
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\b(?:src|data)=["']?(\w+:)?//"""
    r"""|<link\b[^>]*?\bhref=["']?(\w+:)?//|@import\s|url\(\s*["']?(\w+:)?//""",
    re.IGNORECASE,
)
BESIDE = ("script", "style", "button", "nav", "form")  # what the site puts beside a page's words


class Loader(yaml.SafeLoader):
    """Reads the settings of the site without making what they name."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


@pytest.fixture(scope="module")
def settings() -> Any:
    return yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of pages of which the site is made."""
    folder = tmp_path_factory.mktemp("gathered") / ".docs"
    gather(folder)
    return folder


@pytest.fixture(scope="module")
def site(gathered: Path) -> Path:
    """The site that is made of them."""
    done = built(gathered)
    assert done.returncode == 0, done.stdout + done.stderr
    return gathered.parent / "site"


def built(gathered: Path) -> subprocess.CompletedProcess[str]:
    """What Zensical says when it makes a site of the pages in a folder, beside that."""
    if not PYTHON.exists():
        pytest.skip("Zensical is not installed; `make docs` does so")
    shutil.copy(ROOT / "mkdocs.yml", gathered.parent)
    zensical = [str(PYTHON), "-m", "zensical", "build", "--clean", "--strict"]
    return subprocess.run(zensical, cwd=gathered.parent, capture_output=True, text=True)


def html_of(page: Path, gathered: Path, site: Path) -> str:
    """What the site has of a page."""
    path = page.relative_to(gathered).with_suffix(".html")
    return (site / (path.with_name("index.html") if path.stem == "README" else path)).read_text()


def paths(nav: Any) -> list[str]:
    """The pages of a navigation, in their order."""
    if isinstance(nav, str):
        return [nav]
    return [path for part in nav for value in part.values() for path in paths(value)]


def test_every_page_has_one_place_in_the_navigation(settings: Any, gathered: Path) -> None:
    pages = sorted(page.relative_to(gathered).as_posix() for page in gathered.rglob("*.md"))
    assert sorted(paths(settings["nav"])) == pages


def test_a_newcomer_begins_with_the_readme(settings: Any) -> None:
    assert paths(settings["nav"])[0] == "README.md"


def links(text: str) -> list[str]:
    """The addresses that a page links to or shows, by CommonMark."""
    tokens = [t for block in MarkdownIt().parse(text) for t in block.children or []]
    found = [token.attrs.get("href") or token.attrs.get("src") for token in tokens]
    return [str(link) for link in found if link]


def test_pages_link_to_what_is_on_the_site_alone(gathered: Path) -> None:
    near = [
        (page, link.partition("#")[0])
        for page in gathered.rglob("*.md")
        for link in links(page.read_text())
        if "://" not in link
    ]
    assert len(near) > 400
    assert [(page.name, link) for page, link in near if not (page.parent / link).exists()] == []


def test_a_file_that_is_not_on_the_site_is_named(gathered: Path) -> None:
    readme = (gathered / "README.md").read_text()
    assert "| `worker/nn/layers.py` |" in readme
    assert "[docs/api.md](docs/api.md)" in readme


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    files = [path for end in ("html", "css") for path in site.rglob(f"*.{end}")]
    assert len(files) > 20
    fetched = [(path.name, FETCHED.search(path.read_text())) for path in files]
    assert [(name, found[0]) for name, found in fetched if found] == []


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://elsewhere/a.js"></script>',
        '<link rel="stylesheet" href="//elsewhere/a.css">',
        "@import 'https://elsewhere/a.css';",
        "src: url(https://elsewhere/a.woff2)",
        '<img alt="a" src="http://elsewhere/a.png">',
    ],
)
def test_what_would_come_from_elsewhere_is_seen(text: str) -> None:
    assert FETCHED.search(text)


class Words(HTMLParser):
    """The words of an article, without what a site puts beside them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = False
        self.beside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "article"
        if not self.beside and (tag in BESIDE or ("class", "headerlink") in attrs):
            self.beside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "article"
        self.beside = "" if tag == self.beside else self.beside

    def handle_data(self, data: str) -> None:
        if self.inside and not self.beside:
            self.words += data.split()


def test_every_page_reads_as_it_was_written(gathered: Path, site: Path) -> None:
    # Written for a reader of CommonMark; the site has another one, which differs in lists and HTML.
    commonmark = MarkdownIt("commonmark", {"html": True}).enable("table")

    def differs(page: Path) -> bool:
        written = Words(f"<article>{commonmark.render(page.read_text())}</article>").words
        return "".join(written) != "".join(Words(html_of(page, gathered, site)).words)

    assert those(gathered, differs) == []


def those(gathered: Path, differ: Callable[[Path], object]) -> list[str]:
    """The pages of which something is so."""
    return [page.name for page in sorted(gathered.rglob("*.md")) if differ(page)]


def test_headings_have_the_anchors_that_they_have_elsewhere(gathered: Path, site: Path) -> None:
    def lost(page: Path) -> set[str]:
        has = re.findall(r'<h\d id="([^"]+)"', html_of(page, gathered, site))
        return anchors(page.read_text()) - set(has)

    assert those(gathered, lost) == []


def test_no_site_is_made_with_links_that_lead_nowhere(gathered: Path, tmp_path: Path) -> None:
    pages = tmp_path / ".docs"
    shutil.copytree(gathered, pages)
    with (pages / "README.md").open("a") as readme:
        readme.write("\n[A](docs/nowhere.md), [b](docs/cli.md#nowhere), [c](#nowhere)\n")
    done = built(pages)
    assert done.returncode != 0
    assert "3 issues" in done.stdout + done.stderr


def addresses(settings: Any) -> set[str]:
    """Where the site has its pages."""
    pages = [re.sub(r"README\.md$", "index.md", path) for path in paths(settings["nav"])]
    return {page.replace(".md", ".html") for page in pages}


def test_every_page_is_reached_from_the_first(settings: Any, site: Path) -> None:
    links = re.findall(
        r'<a href="\./([^"#]+)" class="md-nav__link', (site / "index.html").read_text()
    )
    assert set(links) | {"index.html"} == addresses(settings)


def test_a_search_finds_every_page(settings: Any, site: Path) -> None:
    items = json.loads((site / "search.json").read_text())["items"]
    assert addresses(settings) <= {item["location"].partition("#")[0] for item in items}


def test_a_search_works_where_pages_are_files(site: Path) -> None:
    page = (site / "docs" / "cli.html").read_text()
    assert re.search(r'<script src="[^"]*iframe-worker\.js"', page)
    assert (site / "search.js").exists()
