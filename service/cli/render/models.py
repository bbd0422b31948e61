"""How models look."""

from collections.abc import Sequence

from service.cli.names import CHAMPION
from service.cli.render.words import size, tags_of, tested_accuracy
from service.cli.terminal import remark, say, say_table
from worker.jsontypes import Json


def show_models(models: Sequence[Json]) -> None:
    columns = ("name", "version", "test accuracy", "classes", "created", "tags")
    newest = [(model, model["versions"][0]) for model in models]
    say_table(
        columns,
        (
            (
                v["name"],
                v["version"],
                tested_accuracy(v),
                ", ".join(v["classes"]),
                v["created_at"],
                tags_of(model),
            )
            for model, v in newest
        ),
    )


def show_versions(versions: Sequence[Json]) -> None:
    say_table(
        (
            "version",
            "champion",
            "network",
            "test accuracy",
            "unsure",
            "started from",
            "size",
            "job",
            "created",
        ),
        (
            (
                v["version"],
                "*" if CHAMPION in v.get("aliases", ()) else "",
                _network(v["spec"]["network"]),
                tested_accuracy(v),
                _unsure(v),
                _parents(v),
                size(v["bytes"]) if "bytes" in v else None,
                v["job"],
                v["created_at"],
            )
            for v in versions
        ),
    )


def show_model(model: Json) -> None:
    """A model with its newest version, and under it its notes."""
    show_models([model])
    if model.get("notes"):
        say(model["notes"])


def show_version(version: Json) -> None:
    show_versions([version])


def show_trashed_models(models: Sequence[Json]) -> None:
    """A line for each model: how many versions are in the trash, and the newest of them."""
    say_table(
        ("name", "versions", "newest", "size", "until"),
        ((m["name"], m["total"], *_trashed(m["versions"][0])) for m in models),
    )


def show_trashed_versions(versions: Sequence[Json]) -> None:
    say_table(("version", "size", "until"), map(_trashed, versions))


def show_promotion(alias: Json) -> None:
    """Which version an alias names now; on stderr, how it was compared with the one before."""
    guard = alias["guard"] or {"comparisons": [], "reasons": []}
    for found in guard["comparisons"]:
        remark(
            f"Of {found['rows']:,} test rows of {found['on']}, version {alias['version']} answers "
            f"{found['candidate_right']:,} right, and the one before {found['champion_right']:,} "
            f"(p = {found['p']:.2g})."
        )
    for reason in guard["reasons"]:
        remark(reason)
    before = "" if alias["before"] is None else f", before {alias['before']}"
    threshold = alias.get("operating_point", {}).get("threshold")
    by = "" if threshold is None else f", by the threshold {threshold:g}"
    say(f"{alias['alias']} is version {alias['version']}{before}{by}")


def _unsure(version: Json) -> str:
    """When it is unsure, or why it never is."""
    about = version.get("unsure") or {"enabled": False, "reason": "trained_before"}
    if not about["enabled"]:
        return f"never: {about['reason']}"
    limits = {"low_confidence": "low confidence", "far_from_training": "far from training"}
    return " or ".join(words for name, words in limits.items() if about[name])


def _trashed(version: Json) -> tuple[object, ...]:
    return version["version"], size(version["bytes"]), version["trashed_until"]


def _parents(version: Json) -> str:
    """The versions from whose weights it was trained."""
    return ", ".join(f"{each['model']} {each['version']}" for each in version.get("parents", ()))


def _network(network: Json) -> str:
    """Its hidden units, filters or layers, in a few words."""
    if "layers" in network:
        return f"{len(network['layers'])} layers"
    if "blocks" in network:
        return f"{', '.join(str(block['filters']) for block in network['blocks'])} filters"
    return ", ".join(map(str, network["hidden_units"])) or "none"
