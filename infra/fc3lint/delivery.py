"""Check that each function gets its events in one way: by triggers of the file, or by rules made elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fc3lint.triggers import triggers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fc3lint.document import Document


class OtherRule(NamedTuple):
    """A rule on the bus `default` that something else than the file makes, such as a ROS template.

    Attributes:
        function: the name of the function that it hands events to.
        pattern: its event pattern, as JSON text.
    """

    name: str
    function: str
    pattern: str


class OtherRules(NamedTuple):
    """How functions get the events of Alibaba Cloud services, as far as the file does not say.

    Attributes:
        made_by: what makes the rules, for messages: a path.
        functions: the names of the functions that need a rule or a trigger.
        rules: the rules that are made; none if the triggers are to deliver.
        twice_fix: what to do about events that come twice.
        never_fix: what to do about events that do not come.
    """

    made_by: str
    functions: frozenset[str]
    rules: Sequence[OtherRule]
    twice_fix: str
    never_fix: str


def check(document: Document, functions: Mapping[str, Mapping[str, object]], others: OtherRules) -> None:
    """Find functions whose events come twice, and functions whose events do not come."""
    for resource, props in functions.items():
        name, keys = props.get("functionName"), ("resources", resource, "props")
        if name not in others.functions:
            continue
        own = [one for one in triggers(props, keys) if one.type == "eventbridge" and one.source in ("Default", None)]
        made = [rule.name for rule in others.rules if rule.function == name]
        if own and made:
            message = f"{name!r} gets its events by {own[0].name!r} and by {', '.join(made)} of {others.made_by} too"
            document.add("delivered-twice", own[0].keys, message, others.twice_fix)
        elif not own and not made:
            message = f"no trigger of this file and no rule of {others.made_by} hands events to {name!r}"
            document.add("delivered-never", (*keys, "functionName"), message, others.never_fix)
