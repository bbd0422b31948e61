"""Gathers the pages of the docs and has Zensical make a site of them: `make docs`.

The pages are laid into one folder as they lie in the repository, so their links to one another hold
as they are. What else they link to, such as source files, is not on the site, and is named instead.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".docs"
SITE = ROOT / "site"
PAGES = ("*.md", "client/README.md", "docs/*.md")
ASSETS = ("docs/**/*.svg", "docs/**/*.png", "docs/**/*.jpg", "docs/**/*.webp", "docs/*.js")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def matching(patterns: tuple[str, ...]) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern))


def main() -> None:
    parser = argparse.ArgumentParser(prog="make docs", description=__doc__)
    parser.add_argument("--serve", action="store_true", help="and show it on port 8001")
    serve = parser.parse_args().serve
    shutil.rmtree(SITE, ignore_errors=True)
    gather(FOLDER)
    zensical = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    if subprocess.run(zensical, cwd=ROOT).returncode != 0:  # noqa: S603 - our own command
        sys.exit("make docs: the site was not built; what is wrong stands above.")
    print(f"The site is in {SITE}; open {SITE / 'index.html'}.")
    if serve:
        server = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "8001"]
        subprocess.run(server, cwd=SITE)  # noqa: S603 - our own command


def gather(folder: Path) -> None:
    """Lay all pages, with their pictures, into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = set(matching(PAGES))
    for path in [*pages, *matching(ASSETS)]:
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in pages:
            target.write_text(on_the_site(path.read_text(), path, pages))
        else:
            shutil.copy(path, target)


def on_the_site(text: str, page: Path, pages: set[Path]) -> str:
    """The text of a page, in which only what is on the site is linked to."""

    def named(link: re.Match[str]) -> str:
        words, target, _ = link.groups()
        file = (page.parent / target).resolve()
        if "://" in target or file in pages:
            return link[0]
        name = f"`{file.relative_to(ROOT).as_posix()}`"
        return name if name.strip("`").endswith(words.strip("`")) else f"{words} ({name})"

    fences = FENCED.findall(text)
    prose = [LINK.sub(named, part) for part in FENCED.split(text)]
    # Markdown within HTML is read as such only where that is said.
    prose = [part.replace("<details>", '<details markdown="1">') for part in prose]
    return "".join(part + fence for part, fence in zip(prose, [*fences, ""], strict=True))


if __name__ == "__main__":
    main()
