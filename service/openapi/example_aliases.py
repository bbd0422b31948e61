"""Aliases of a model, as `/openapi.json` shows them."""

from worker.jsontypes import Json

GUARD: Json = {
    "allowed": True,
    "reasons": [],
    "comparisons": [
        {
            "on": "ds_01a203f1a2b37c4d8e5f60718293a4b5",
            "rows": 200,
            "champion_right": 151,
            "candidate_right": 181,
            "both": 140,
            "only_champion": 11,
            "only_candidate": 41,
            "p": 3.589e-05,
        }
    ],
    "not_compared": [],
}
PROMOTION: Json = {**GUARD, "promoted": True}
WANTED: Json = {"version": 2, "force": False, "reason": "It knows more breeds.", "threshold": 0.3}
ALIAS: Json = {
    "revision": 2,
    "alias": "champion",
    "version": 2,
    "before": 1,
    "who": "caller",
    "why": WANTED["reason"],
    "at": "2026-11-29T20:16:27.970000Z",
    "forced": False,
    "guard": GUARD,
    "operating_point": {"threshold": 0.3, "unsure": True},
}
BACK: Json = {
    "revision": 3,
    "version": 1,
    "before": 2,
    "why": "It was rolled back.",
    "guard": None,
    "operating_point": {"threshold": None, "unsure": True},
}


def aliases() -> Json:
    """What each operation on aliases answers."""
    return {
        "list_aliases": {"revision": 2, "data": [ALIAS], "next": None},
        "set_alias": ALIAS,
        "show_alias_history": {"data": [ALIAS], "next": None},
        "roll_back_alias": {**ALIAS, **BACK},
    }
