"""One reader, steered by Atheris to where it has not been: `python -m tests.fuzz.targets NAME …`.

The words behind the name are libFuzzer's.
"""

import sys

import atheris

with atheris.instrument_imports(include=["worker.data", "service.requests.json_body"]):
    from tests.fuzz.readers import READERS, REFUSALS


def main(name: str, words: list[str]) -> None:
    """Read until the time is over; whatever is no refusal ends it, and its input is kept."""
    read = READERS[name]

    def once(data: bytes) -> None:
        try:
            read(data)
        except REFUSALS:
            return

    atheris.Setup([sys.argv[0], *words], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
