"""Tables: how programs write them, and what is no table."""

import io
import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

from tests.corpus.case import CHANGED, CORRUPT, READY, TOO_MUCH, UNSUPPORTED, Case

ROWS = [(n % 7, n / 3, ("red", "blue", "green")[n % 3], ("cat", "dog")[n % 2]) for n in range(40)]
NAMES = ("age", "weight", "colour", "label")
SEPARATORS = {"commas": ",", "semicolons": ";", "tabs": "\t", "bars": "|"}


def written(separator: str = ",", end: str = "\n", names: tuple[str, ...] = NAMES) -> str:
    lines = (separator.join(map(str, row)) for row in (names, *ROWS))
    return end.join(lines) + end


SOUND: dict[str, str | bytes] = {
    "line ends of Windows": written(end="\r\n"),
    "no last line end": written().rstrip("\n"),
    "a byte order mark": b"\xef\xbb\xbf" + written().encode(),
    "quotes": written().replace("red", '"red, or ""red"""'),
    "decimal commas": written(";").replace(".", ","),
    "cells that are missing": written().replace("\n3,", "\n,"),
    "a line end within quotes": written().replace("red", '"a\nb"'),
    "names in another alphabet": written(names=("возраст", "вес", "цвет", "label")),
    **{f"the label called {name}": written(names=(*NAMES[:3], name))
       for name in ("label", "class", "target", "y", "Label", "CLASS")},
}  # fmt: skip
BAD: dict[str, tuple[str | bytes, str, str]] = {
    "names alone": (written().splitlines()[0] + "\n", UNSUPPORTED, "plain text"),
    "a row that is longer": (written() + "1,2,red,cat,more\n", CORRUPT, "got 5 in row 42"),
    "a row that is shorter": (written() + "1,2\n", CORRUPT, "got 2 in row 42"),
    "a name twice": (written(names=("age", "age", "colour", "label")), CORRUPT, "'age' 2 times"),
    "quotes that do not end": (written() + '1,2,"red,cat\n', CORRUPT, "got 3 in row 42"),
    "no label": (written(names=("a", "b", "c", "d")), CORRUPT, "label, class, target or y"),
    "one class": (written().replace("dog", "cat"), CORRUPT, "at least 2 classes"),
    "zeros": (written().replace("red", "re\0d"), UNSUPPORTED, "no format known"),
    "UTF-16": (written().encode("utf-16"), UNSUPPORTED, "text in UTF-16"),
    "a giant cell": (written() + f"1,2,{'x' * 3_000_000},cat\n", UNSUPPORTED, "free text"),
    "a row of 9 MB": (written() + f"1,2,{'x' * 9_000_000},cat\n", TOO_MUCH, "4,194,304 bytes"),
    "free text": ("text,label\n" + "".join(f"a text {n},{n % 2}\n" for n in range(3_000)),
                  TOO_MUCH, "at most 100 different texts"),
    "dates": ("when,label\n" + "".join(f"2024-01-{n % 9 + 1:02},{n % 2}\n" for n in range(60)),
              UNSUPPORTED, "dates or times"),
}  # fmt: skip


def cases() -> Iterator[Case]:
    for name, separator in SEPARATORS.items():
        if separator != "|":
            yield csv(f"CSV with {name}", written(separator))
    for name, text in SOUND.items():
        yield csv(f"CSV with {name}", text)
    for name, (bad, code, words) in BAD.items():
        yield csv(f"CSV with {name}", bad, code, words)
    yield csv("CSV with another label", written(names=(*NAMES[:3], "kind")), query="kind")
    yield csv("CSV without the label", written(), CORRUPT, "called 'nothing'", query="nothing")
    yield from others()


def csv(
    name: str, text: str | bytes, expected: str = READY, words: str = "", query: str = ""
) -> Case:
    content = text.encode() if isinstance(text, str) else text
    return Case(name, {"a.csv": content}, expected, words, {"label": query} if query else {})


def others() -> Iterator[Case]:
    lines = "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in ROWS)
    yield Case("JSON Lines", {"a.jsonl": lines.encode()})
    yield Case("JSON Lines that end early", {"a.jsonl": lines[:-9].encode()}, CORRUPT, "line 40")
    yield Case("JSON Lines of lists", {"a.jsonl": b"[1, 2]\n" * 9}, UNSUPPORTED,
               "an object in each line")  # fmt: skip
    table = pa.table({name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)})
    for name, whole in (("Parquet", in_parquet(table)), ("Arrow", in_arrow(table))):
        suffix = name.lower()
        yield Case(name, {f"a.{suffix}": whole})
        for part in range(1, 8):
            cut = {f"a.{suffix}": whole[: part * len(whole) // 8]}
            yield Case(f"{name} cut at {part}/8", cut, CORRUPT, f"a whole {name} file")
        for at in range(8, len(whole), len(whole) // 12):
            changed = {f"a.{suffix}": whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4 :]}
            yield Case(f"{name} changed at {at}", changed, CHANGED)
    nested = pa.table({"x": [[1], [2]] * 9, "label": ["a", "b"] * 9})
    yield Case("Parquet of lists", {"a.parquet": in_parquet(nested)}, UNSUPPORTED,
               "numbers or texts in the column 'x'")  # fmt: skip
    splits = {f"{split}.csv": written().encode() for split in ("train", "test")}
    yield Case("a CSV for each split", splits)


def in_parquet(table: pa.Table) -> bytes:
    whole = io.BytesIO()
    parquet.write_table(table, whole)
    return whole.getvalue()


def in_arrow(table: pa.Table) -> bytes:
    whole = io.BytesIO()
    feather.write_feather(table, whole, compression="uncompressed")
    return whole.getvalue()
