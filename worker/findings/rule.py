"""Rules: each looks at one thing and makes the findings of one code."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from worker.findings.finding import Finding, Patch, Severity
from worker.jsontypes import Json

Subject = TypeVar("Subject")


@dataclass(frozen=True)
class Observation:
    """What a rule has seen.

    Attributes:
        message, evidence, patch: as in the finding that is made of it.
        severity: of this finding, where it is not the usual one of the rule.
    """

    message: str
    evidence: Json = field(default_factory=dict)
    patch: Patch = field(default_factory=list)
    severity: Severity | None = None


class Rule(NamedTuple, Generic[Subject]):
    """A row in a table of findings.

    Attributes:
        code: of the findings that it makes.
        severity: the usual one; an observation may have another.
        look: returns what it sees in the subject; None where there is nothing to say.
        explained_by: codes of findings in the same table. Where one of them is found, this one is
            left out: it has the same cause.
    """

    code: str
    severity: Severity
    look: Callable[[Subject], Observation | None]
    explained_by: tuple[str, ...] = ()

    def finding(self, subject: Subject) -> Finding | None:
        """Returns the finding on this subject; None where the rule sees nothing."""
        if (seen := self.look(subject)) is None:
            return None
        severity = seen.severity or self.severity
        return Finding(self.code, severity, seen.message, seen.evidence, seen.patch)


def findings(rules: Sequence[Rule[Subject]], subject: Subject) -> list[Finding]:
    """Returns the findings of all rules in their order, without those that another explains."""
    made = {rule: found for rule in rules if (found := rule.finding(subject))}
    codes = {rule.code for rule in made}
    return [found for rule, found in made.items() if not codes.intersection(rule.explained_by)]
