"""For how long what the store holds is kept, and how much of it."""

from typing import NamedTuple

from worker.settings import FLOOR_DAYS, KEPT, Settings

DAY_S = 86_400.0


class Rule(NamedTuple):
    """Of one kind.

    Attributes:
        days: after which it goes; 0: never.
        newest: so many stay, whatever their age, and those before go; 0: any number.
    """

    days: float = 0
    newest: int = 0

    def why(self, place: int, age_s: float) -> str:
        """Returns why something goes, in words; "" if it stays.

        Args:
            place: how many newer ones there are.
        """
        # Until then webhooks are sent, MLflow is told, and keys are known that jobs came with.
        if age_s < FLOOR_DAYS * DAY_S:
            return ""
        if self.days and age_s >= self.days * DAY_S:
            return f"it is older than {self.days:g} days"
        if self.newest and place >= self.newest:
            return f"there are {self.newest} newer ones"
        return ""


class Policy(NamedTuple):
    """A rule for each of KEPT."""

    jobs: Rule = Rule()
    checkpoints: Rule = Rule()
    metrics: Rule = Rule()
    events: Rule = Rule()
    originals: Rule = Rule()
    dry_run: bool = False  # nothing goes, and it is told what would

    @classmethod
    def of(cls, settings: Settings) -> "Policy":
        rules = {
            kind: Rule(
                getattr(settings, f"keep_{kind}_days"), getattr(settings, f"keep_newest_{kind}")
            )
            for kind in KEPT
        }
        return cls(**rules, dry_run=settings.keep_dry_run)

    def rules(self) -> dict[str, Rule]:
        """Returns the rule of each kind."""
        return {kind: getattr(self, kind) for kind in KEPT}

    @property
    def keeps_all(self) -> bool:
        """Whether nothing ever goes."""
        return not any(rule.days or rule.newest for rule in self.rules().values())
