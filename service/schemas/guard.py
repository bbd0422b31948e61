"""What the guard says of a version that is to go live."""

from pydantic import BaseModel


class Comparison(BaseModel):
    """How the champion and a candidate answered the same test rows, those of the dataset `on`. `p`
    is how often chance alone makes two models differ so much (McNemar's test, exact)."""

    on: str
    rows: int
    champion_right: int
    candidate_right: int
    both: int
    only_champion: int
    only_candidate: int
    p: float


class Guard(BaseModel):
    """Whether a version may go live, and why not; `not_compared` says on which rows it was not
    compared with the champion, which alone is no reason."""

    allowed: bool
    reasons: list[str]
    comparisons: list[Comparison]
    not_compared: list[str]
