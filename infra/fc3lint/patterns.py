"""Check event patterns: that they are valid, and that they match the events that a library handles.

`Library.samples` has events of every type. A pattern is tested with all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fc3lint import handlers
from fc3lint.triggers import triggers
from yunmock.eventbridge.pattern import InvalidPatternError, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from fc3lint.delivery import OtherRule
    from fc3lint.document import Document
    from fc3lint.libraries import Library
    from yunmock.json_types import JsonObject
    from yunmock.s_yaml import Keys

SHOWN = 3
FIX = "See https://www.alibabacloud.com/help/en/eventbridge/user-guide/event-patterns."


class Rule(NamedTuple):
    """A rule on the bus `default`: a trigger of the file, or one that something else makes.

    Attributes:
        keys: where to report it.
        props: the properties of its function.
    """

    keys: Keys
    pattern: Pattern
    props: Mapping[str, object]

    def matches(self, event: JsonObject) -> bool:
        """Whether the event passes."""
        return bool(self.pattern.match(event))

    def names(self, source: str) -> bool:
        """Whether the pattern has conditions on `source`, and this source meets them."""
        fields = [field for field in self.pattern.fields if field.path == ("source",)]
        return bool(fields) and all(field.refusal({"source": source}) is None for field in fields)


def check_all(
    document: Document,
    functions: Mapping[str, Mapping[str, object]],
    libraries: Sequence[Library],
    others: Sequence[OtherRule] = (),
) -> None:
    """Check the patterns of every trigger on the default bus; the rules of a function are judged together."""
    rules = [*_rules(document, functions), *_other_rules(functions, others)]
    for library in libraries:
        for props in functions.values():
            _check_products(document, [rule for rule in rules if rule.props is props], library)
        _check_types(
            document, [rule for rule in rules if handlers.imports(document, rule.props, library.name)], library
        )


def _rules(document: Document, functions: Mapping[str, Mapping[str, object]]) -> Iterator[Rule]:
    for name, props in functions.items():
        for trigger in triggers(props, ("resources", name, "props")):
            text = trigger.get("eventRuleFilterPattern")
            if trigger.type != "eventbridge" or not isinstance(text, str):
                continue
            try:
                pattern = Pattern.parse(text)
            except InvalidPatternError as error:
                document.add("pattern", trigger.at("eventRuleFilterPattern"), str(error), FIX)
                continue
            if trigger.source in ("Default", None):
                yield Rule(trigger.at("eventRuleFilterPattern"), pattern, props)


def _other_rules(functions: Mapping[str, Mapping[str, object]], others: Sequence[OtherRule]) -> Iterator[Rule]:
    for name, props in functions.items():
        for other in others:
            if other.function == props.get("functionName"):
                yield Rule(("resources", name, "props", "functionName"), Pattern.parse(other.pattern), props)


def _check_products(document: Document, rules: Sequence[Rule], library: Library) -> None:
    """If the rules of a function name a source, one of them must match a type of it."""
    for source, types in library.samples.items():
        naming = [rule for rule in rules if rule.names(source)]
        if naming and not any(rule.matches(e) for rule in naming for events in types.values() for e in events):
            message = f"the pattern names {source} but matches none of its {len(types)} known types"
            fix = f"Match types such as {_some(types)}."
            document.add("pattern-product", naming[0].keys, message, fix)


def _check_types(document: Document, rules: list[Rule], library: Library) -> None:
    """If the library's functions subscribe to a source, some pattern must match each of its types."""
    for source, types in library.samples.items():
        naming = [rule for rule in rules if rule.names(source)]
        missed = [
            type_
            for type_, events in types.items()
            if not all(any(rule.matches(event) for rule in rules) for event in events)
        ]
        if naming and 0 < len(missed) < len(types):
            message = f"no pattern of this file matches {_some(missed)} of {source}"
            document.add("pattern-type", naming[0].keys, message, "Widen the pattern, or add a trigger.")


def _some(types: Iterable[str]) -> str:
    names = list(types)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
