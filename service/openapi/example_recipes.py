"""A recipe, as `/openapi.json` shows it."""

CLASSIC = {
    "name": "classic",
    "sentence": "The course's network: three hidden layers of 20, 7 and 5 relu units.",
    "suits": "Seeing in seconds how a dense network learns.",
    "spec": {"network": {"kind": "dense", "hidden_units": [20, 7, 5]}, "epochs": 100},
    "reached": None,
}
