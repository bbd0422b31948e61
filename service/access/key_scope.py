"""What a key may be for."""

from enum import StrEnum


class KeyScope(StrEnum):
    """What a key may be used for; `admin` for everything."""

    PREDICT = "predict"
    READ = "read"
    TRAIN = "train"
    ADMIN = "admin"
