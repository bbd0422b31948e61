"""Specs that an earlier version has stored: what it meant by them, in today's words."""

from worker.jsontypes import Json

# 1, which stands nowhere: `gelu` was what is called `gelu_tanh` since.
SPEC_VERSION = 2
# What a job's request says beside its spec: of which sweep it is a part, which schedule has made
# it, and for which trace it was asked for.
BESIDE = ("sweep", "made_by", "traceparent")


def in_todays_words(spec: Json, version: int = SPEC_VERSION) -> Json:
    """The spec that says today what this one said when specs were of this version.

    Args:
        spec: as JSON; parts of it may be missing.
        version: left out for what was stored without one, such as the request of a job.
    """
    spec = {name: value for name, value in spec.items() if name not in BESIDE}
    if (network := spec.get("network")) is None:
        return spec
    return {**spec, "network": without_idle_fields(renamed(network, version))}


def renamed(network: Json, version: int) -> Json:
    if version < 2 and network.get("activation") == "gelu":
        return {**network, "activation": "gelu_tanh"}
    return network


def without_idle_fields(network: Json) -> Json:
    """Fields that do nothing are refused since; before, they were taken and ignored."""
    idle = {}
    if network.get("initializer", "he") != "normal" and "initializer_scale" in network:
        idle["initializer_scale"] = 1.0
    dense = network.get("kind", "dense") == "dense"
    if dense and network.get("hidden_units") == [] and "dropout" in network:
        idle["dropout"] = 0.0
    return {**network, **idle}
