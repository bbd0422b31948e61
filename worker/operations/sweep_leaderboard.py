from typing import NamedTuple
class Tried(NamedTuple):
    index: int
    changes: dict
    job_id: str | None
    state: str
    validation_cost: float | None
    validation_right: int | None
    validation_rows: int
    epochs: int
    seconds: float
