"""The patterns that the rules must have, from the reporters of ECI, and whether two can match one event."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from opsledger.catalog.eci import reporters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from opsledger.strict_json import JsonObject, JsonValue

Fields: TypeAlias = "dict[tuple[str, ...], Sequence[JsonValue]]"
"""The conditions of a pattern by the path of their field."""

AUDIT = "ecs:ActionTrail:"
"""The types of ActionTrail, which tells of every API call with the source of its product.

https://help.aliyun.com/en/eventbridge/user-guide/ecs-events
"""


def wanted() -> dict[str, list[JsonObject]]:
    """The patterns of the rules of each function, by the function's name."""
    return {
        "opsledger-ecs-events": [{"source": ["acs.ecs"], "type": [{"anything-but": {"prefix": AUDIT}}]}],
        "opsledger-eci-events": [*map(_kubernetes, _reporters()), _REPUBLISHED],
    }


_REPUBLISHED: JsonObject = {
    "source": ["acs.eci"],
    "type": [{"prefix": "eci:Event:"}, {"prefix": "eci:ContainerGroup:"}],
}


def _reporters() -> Iterator[JsonObject]:
    """The ways in which an event of Kubernetes names ECI as its reporter; no event names it in two of them."""
    components, hosts = _prefixes(reporters.COMPONENT_PREFIXES), _prefixes(reporters.HOST_PREFIXES)
    absent: JsonObject = {"exists": False}
    yield {"source": {"component": components}}
    yield {"source": {"component": [reporters.KUBELET], "host": [*hosts, absent]}}
    yield {"source": {"component": [absent]}, "reportingComponent": components}
    yield {"source": {"component": [absent]}, "reportingComponent": [reporters.KUBELET], "reportingInstance": hosts}


def _kubernetes(reporter: JsonObject) -> JsonObject:
    excluded: list[JsonValue] = list(reporters.CONTAINER_REASONS)
    data: JsonObject = {**reporter, "reason": [{"anything-but": excluded}]}
    return {"source": ["acs.cs"], "type": [{"prefix": "cs:k8s:"}], "data": data}


def _prefixes(starts: Sequence[str]) -> list[JsonValue]:
    return [{"prefix": start} for start in starts]


# -------------------------------------------------------------------------------------------------- disjoint or not
def are_disjoint(first: Mapping[str, JsonValue], second: Mapping[str, JsonValue]) -> bool:
    """Whether a field of both patterns proves that no event matches both.

    That a field's value is a list, of which one element is enough for each pattern, is left out: none of the fields
    that tell rules apart here is one. False means that there is no such proof.
    """
    ours, theirs = dict(_fields(first)), dict(_fields(second))
    return any(
        all(_exclude(one, other) for one in ours[path] for other in theirs[path])
        for path in ours.keys() & theirs.keys()
    )


def _fields(
    node: Mapping[str, JsonValue], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], list[JsonValue]]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _fields(value, (*path, key))
        elif isinstance(value, list):
            yield (*path, key), value


def _exclude(one: JsonValue, other: JsonValue) -> bool:
    """Whether no value meets both conditions; False where that is not known."""
    return _rules_out(one, other) or _rules_out(other, one)


def _rules_out(one: JsonValue, other: JsonValue) -> bool:
    if not isinstance(one, dict):
        return not isinstance(other, dict) and one != other
    ((operator, operand),) = one.items()
    return operator in _OPERATORS and _OPERATORS[operator](operand, other)


def _absent_rules_out(operand: JsonValue, other: JsonValue) -> bool:
    """An absent field meets no other condition than the one for absent fields."""
    return operand is False and other != {"exists": False}


def _prefix_rules_out(operand: JsonValue, other: JsonValue) -> bool:
    if isinstance(other, str):
        return not other.startswith(str(operand))
    start = str(other["prefix"]) if isinstance(other, dict) and "prefix" in other else str(operand)
    return not (start.startswith(str(operand)) or str(operand).startswith(start))


def _anything_but_rules_out(operand: JsonValue, other: JsonValue) -> bool:
    if isinstance(operand, dict):
        banned = str(operand.get("prefix") or "")
        start = other.get("prefix") if isinstance(other, dict) else other
        return bool(banned) and isinstance(start, str) and start.startswith(banned)
    return not isinstance(other, dict) and other in (operand if isinstance(operand, list) else [operand])


_OPERATORS: dict[str, Callable[[JsonValue, JsonValue], bool]] = {
    "exists": _absent_rules_out,
    "prefix": _prefix_rules_out,
    "anything-but": _anything_but_rules_out,
}
