"""Judge rules: what each form of a corpus meets, and whether two rules can match one event."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from opsctl.ros.patterns import are_disjoint
from opsledger import strict_json
from opsledger.catalog.transition import UNNOTED
from opsledger.intake.understand import Refused, understand

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsctl.ros.rules import DeployedRule
    from opsctl.rules.corpus import CorpusForm
    from opsledger.strict_json import JsonObject

NOT_OURS = frozenset({"foreign_event", "unknown_type"})
"""The reasons for which the function refuses what is no event of ECS or ECI."""


class FormVerdict(NamedTuple):
    """What the rules make of one form.

    Attributes:
        matters: whether it is an operational event.
        matched: the names of the rules that match it.
        refusals: of each other rule, the fields that failed, nearest rule first.
    """

    form: CorpusForm
    matters: bool
    matched: tuple[str, ...]
    refusals: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def problem(self) -> str:
        """`dropped` or `twice`; empty if the form is treated as it should be."""
        if len(self.matched) > 1:
            return "twice"
        return "dropped" if self.matters and not self.matched else ""

    @property
    def why(self) -> str:
        """The rules that match it or, if none does, what the nearest rule lacks."""
        if self.matched or not self.refusals:
            return ", ".join(self.matched) or "there are no rules"
        name, reasons = self.refusals[0]
        return f"nearest {name}: {'; '.join(reasons)}"


def judge(forms: Iterable[CorpusForm], rules: Sequence[DeployedRule]) -> Iterator[FormVerdict]:
    """The verdict on each form."""
    for form in forms:
        judged = [(rule, rule.pattern.match(form.event)) for rule in rules]
        refusing = sorted(((rule, match.reasons) for rule, match in judged if not match), key=_distance)
        matched = tuple(rule.name for rule, match in judged if match)
        yield FormVerdict(form, matters(form), matched, tuple((rule.name, reasons) for rule, reasons in refusing))


def _distance(refusal: tuple[DeployedRule, tuple[str, ...]]) -> tuple[bool, float]:
    """How far a rule is from an event: another source is farthest, then the share of its fields that fail."""
    rule, reasons = refusal
    return any(reason.startswith("source:") for reason in reasons), len(reasons) / len(rule.pattern.fields)


def matters(form: CorpusForm) -> bool:
    """Whether a form is operational: as the corpus says or, where it does not, as the function takes it."""
    if form.matters is not None:
        return form.matters
    results = understand(strict_json.write(form.event), UNNOTED)
    return any(not isinstance(one, Refused) or one.error.reason not in NOT_OURS for one in results)


def overlaps(rules: Sequence[DeployedRule]) -> list[tuple[str, str]]:
    """The pairs of rules whose patterns do not prove that no event matches both."""
    return [
        (one.name, other.name)
        for one, other in itertools.combinations(rules, 2)
        if not are_disjoint(one.written, other.written)
    ]


def to_json(verdicts: Sequence[FormVerdict], overlapping: Sequence[tuple[str, str]]) -> JsonObject:
    """What `--json` prints."""
    return {
        "forms": [_verdict_json(verdict) for verdict in verdicts],
        "overlaps": [list(pair) for pair in overlapping],
    }


def _verdict_json(verdict: FormVerdict) -> JsonObject:
    return {
        "name": verdict.form.name,
        "where": verdict.form.where,
        "public_source": verdict.form.public_source or None,
        "matters": verdict.matters,
        "matched": list(verdict.matched),
        "problem": verdict.problem or None,
        "reasons": {name: list(reasons) for name, reasons in verdict.refusals},
    }
