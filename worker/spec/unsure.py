"""When a model rather says that it is unsure."""

from pydantic import Field

from worker.spec.part import Spec


class UnsureSpec(Spec):
    """How often answers that are decided may be wrong: the others are unsure."""

    error_rate: float = Field(
        0.05,
        ge=0.001,
        le=0.5,
        description="Largest share of wrong ones among the answers that are decided, to be held by "
        "the validation rows with 95 % certainty.",
    )
