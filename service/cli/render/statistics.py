"""How what the numbers of a dataset are like looks."""

from collections.abc import Iterator, Sequence

from service.cli.render.words import figure
from service.cli.terminal import say, say_table
from worker.jsontypes import Json

CHANNELS = ("red", "green", "blue")
BARS = "▁▂▃▄▅▆▇█"
WIDTH = 8  # bars in which the bins of a histogram are put together
MOST = 20  # classes of a split, or columns, that an eye still follows


def show_statistics(found: Json, dataset: Json) -> None:
    """A line for each split and class of pictures, or for each column of other rows: mean,
    deviation, and how often numbers from the least to the greatest are there."""
    say("")
    if len(dataset["shape"]) > 1:
        say_table(("", "rows", *CHANNELS), _splits(found))
    else:
        say_table(("column", "mean", "deviation", "from", "to", "train"), _columns(found))


def _splits(found: Json) -> Iterator[tuple[object, ...]]:
    for name, split in found["splits"].items():
        yield name, split["rows"], *_channels(split)
        classes = [*split["per_class"].items()]
        for label, numbers in classes[:MOST]:
            yield f"  {label}", numbers["rows"], *_channels(numbers)
        if (more := len(classes) - MOST) > 0:
            yield (f"  {more} more",)


def _columns(found: Json) -> Iterator[tuple[object, ...]]:
    features = list(zip(found["edges"], *_features(found["splits"]["train"]), strict=True))
    # A service of an earlier release does not tell their names.
    names = found.get("features") or range(len(features))
    for name, (edges, mean, sigma, counts) in zip(names[:MOST], features, strict=False):
        yield name, *map(figure, (mean, sigma, edges[0], edges[-1])), bars(counts)
    if (more := len(features) + found["features_left_out"] - MOST) > 0:
        yield (f"{more} more",)


def _channels(numbers: Json) -> list[str]:
    if numbers["mean"] is None:
        return []
    each = zip(*_features(numbers), strict=True)
    return [f"{bars(counts)} {mean:3.0f} ± {sigma:.0f}" for mean, sigma, counts in each]


def _features(numbers: Json) -> tuple[list[float], list[float], list[list[int]]]:
    return numbers["mean"], numbers["sigma"], numbers["histogram"]


def bars(histogram: Sequence[int]) -> str:
    """Returns a histogram as a word of bars, the highest of which is its most frequent part."""
    step = max(1, len(histogram) // WIDTH)
    parts = [sum(histogram[at : at + step]) for at in range(0, len(histogram), step)]
    highest = max(1, *parts)
    return "".join(BARS[part * (len(BARS) - 1) // highest] for part in parts)
