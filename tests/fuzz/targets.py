"""One reader, steered by Atheris to where it has not been: `python -m tests.fuzz.targets NAME …`.

The words behind the name are libFuzzer's.
"""

import logging
import sys
import warnings

import atheris

with atheris.instrument_imports(include=["worker.data", "worker.spec", "service"]):
    from tests.fuzz.readers import READERS


def main(name: str, words: list[str]) -> None:
    """Read until the time is over, or so often; whatever is no refusal ends it, and its input is
    kept."""
    reader = READERS[name]
    logging.disable()
    warnings.simplefilter("ignore")  # Pillow's, about what is odd and still a picture

    def once(data: bytes) -> None:
        reader.refuses(data)

    atheris.Setup([sys.argv[0], *words], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
