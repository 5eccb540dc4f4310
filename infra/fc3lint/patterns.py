"""Checks of event patterns: that they are some, and that what they let through is what the catalogue knows.

Every catalogued type is tried with a sample of each status and message in each form in which EventBridge delivers it.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fc3lint import code
from fc3lint.triggers import Trigger, triggers
from opsctl import sample
from opsledger import catalog
from yunmock.eventbridge.pattern import InvalidPatternError, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fc3lint.document import Document

SHOWN = 3
FORMS = ("cloudevent", "republished")
_MOMENT_MS = 1_767_225_600_000


class Rule(NamedTuple):
    """A trigger's pattern, read."""

    trigger: Trigger
    pattern: Pattern
    ours: bool

    def takes(self, event: Mapping[str, Any]) -> bool:
        """Whether the event gets through."""
        return bool(self.pattern.match(event))

    def claims(self, source: str) -> bool:
        """Whether it names this source, or no source at all."""
        fields = [field for field in self.pattern.fields if field.path == ("source",)]
        return all(field.refusal({"source": source}) is None for field in fields)

    def names_source(self) -> bool:
        """Whether it says anything of sources."""
        return any(field.path == ("source",) for field in self.pattern.fields)


def check_all(document: Document, functions: Mapping[str, dict[str, Any]]) -> None:
    """The patterns of every trigger that reads the default bus."""
    rules = list(_rules(document, functions))
    for rule in rules:
        _check_products(document, rule)
    _check_types(document, [rule for rule in rules if rule.ours])


def _rules(document: Document, functions: Mapping[str, dict[str, Any]]) -> Iterator[Rule]:
    for name, props in functions.items():
        path = ("resources", name, "props")
        ours = code.uses_opsledger(document, props)
        for trigger in triggers(props, path):
            text = trigger.get("eventRuleFilterPattern")
            if trigger.type != "eventbridge" or not isinstance(text, str):
                continue
            try:
                pattern = Pattern.parse(text)
            except InvalidPatternError as error:
                mark = document.mark(trigger.at("eventRuleFilterPattern"))
                mend = "See https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-patterns."
                document.findings.add("pattern", mark, str(error), mend)
                continue
            if trigger.source in ("Default", None):
                yield Rule(trigger, pattern, ours)


def _check_products(document: Document, rule: Rule) -> None:
    """A source that the pattern names must have a type that it lets through."""
    for source, types in samples().items():
        if not rule.names_source() or not rule.claims(source):
            continue
        if not any(rule.takes(event) for events in types.values() for event in events):
            what = f"the pattern names {source}, and lets none of its {len(types)} catalogued types through"
            mark = document.mark(rule.trigger.at("eventRuleFilterPattern"))
            document.findings.add("pattern-product", mark, what, f"Its types are such as {_some(types)}.")


def _check_types(document: Document, rules: list[Rule]) -> None:
    """Of a product that OpsLedger's own functions subscribe to, each type must get through somewhere."""
    for source, types in samples().items():
        claiming = [rule for rule in rules if rule.names_source() and rule.claims(source)]
        missed = {
            type_: events
            for type_, events in types.items()
            if not all(any(rule.takes(event) for rule in rules) for event in events)
        }
        if claiming and missed and len(missed) < len(types):
            what = f"no pattern of this file lets {_some(missed)} of {source} through"
            mark = document.mark(claiming[0].trigger.at("eventRuleFilterPattern"))
            document.findings.add("pattern-type", mark, what, "Widen the pattern, or add a trigger.")


@cache
def samples() -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Source → type → the events of it that EventBridge may deliver."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for spec in catalog.specs():
        for form in set(FORMS) & set(sample.forms(spec)):
            for case in sample.cases(spec):
                event = sample.event(spec, case.status, form, seed=spec.type, now_ms=_MOMENT_MS, template=case.template)
                found[str(event["source"])][spec.type].append(event)
    return {source: dict(types) for source, types in found.items()}


def _some(types: Mapping[str, Any]) -> str:
    names = list(types)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
