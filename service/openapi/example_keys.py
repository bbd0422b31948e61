"""Keys, as `/openapi.json` shows them."""

from worker.jsontypes import Json

KEY_ID = "key_01a2072b6c117a0e9d3c5b8e4f6a7c21"
KEY: Json = {
    "id": KEY_ID,
    "name": "the shop's website",
    "scopes": ["predict"],
    "per_minute": 600,
    "state": "active",
    "created_at": "2026-11-30T13:05:12.017000Z",
    "created_by": "PURR_API_KEY",
    "expires_at": "2027-02-28T13:05:12.017000Z",
    "rotated_at": None,
    "old_until": None,
    "revoked_at": None,
    "last_used_at": None,
}
NEVER_TO_BE_USED = f"purr_{KEY_ID.removeprefix('key_')}_{48 * '0'}"
NEW: Json = {**KEY, "key": NEVER_TO_BE_USED}
ROTATED: Json = {
    "rotated_at": "2026-12-24T08:00:00.431000Z",
    "old_until": "2026-12-25T08:00:00.431000Z",
    "key": f"purr_{KEY_ID.removeprefix('key_')}_{48 * '1'}",
}
ENTRY: Json = {
    "id": "1-5120",
    "at": "2026-11-30T13:40:02.551000Z",
    "who": KEY_ID,
    "name": KEY["name"],
    "claimed": "",
    "from": "192.0.2.7",
    "method": "DELETE",
    "path": "/v1/models/cats",
    "status": 204,
    "code": "",
    "request_id": "9c6b1a0f4e2d7753",
    "left_out": 0,
}
KEY_BODIES: Json = {
    "create_key": {
        "name": KEY["name"],
        "scopes": KEY["scopes"],
        "lasts_s": 7_776_000,
        "per_minute": 600,
    },
    "rotate_key": {"old_lasts_s": 86_400},
}
KEY_ANSWERS: Json = {
    "create_key": NEW,
    "list_keys": {"data": [{**KEY, "last_used_at": "2026-11-30T13:31:40.220000Z"}], "next": None},
    "show_key": {**KEY, "last_used_at": "2026-11-30T13:31:40.220000Z"},
    "rotate_key": {**NEW, **ROTATED},
    "list_audit": {"data": [ENTRY], "next": None},
}
