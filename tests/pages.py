"""The pages of the documentation, read for what the tests compare with the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PLACES = ("*.md", "docs/**/*.md", "benchmarks/**/*.md", "client/*.md")
PAGES = sorted(page for place in PLACES for page in ROOT.glob(place))


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
