"""Specs that an earlier version has stored: what it meant by them, in today's words."""

from worker.jsontypes import Json

# 1, which stands nowhere: `gelu` was what is called `gelu_tanh` since.
SPEC_VERSION = 2


def in_todays_words(spec: Json, version: int) -> Json:
    """Returns the spec that says today what this one said when specs were of this version."""
    network = spec.get("network", {})
    if version < 2 and network.get("activation") == "gelu":
        return {**spec, "network": {**network, "activation": "gelu_tanh"}}
    return spec
