"""Policies: read documents, and decide from them whether a call is allowed.

Structure and syntax: https://www.alibabacloud.com/help/doc-detail/93739.htm; elements:
https://www.alibabacloud.com/help/doc-detail/93738.htm; how they are evaluated:
https://www.alibabacloud.com/help/en/ram/policy-evaluation-process. What no statement allows is denied; a Deny wins over
every Allow. `*` stands for any text in actions and resources, also across `/` and `:`. Actions are compared without
regard to case, resources with it.

Of the evaluation process, only the last step is here: policies of the role itself. There are no control policies, no
session policies and no policies of resources.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from yunmock.ram.conditions import read_conditions, wildcard
from yunmock.ram.errors import InvalidPolicyError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence

    from yunmock.json_types import JsonValue
    from yunmock.ram.conditions import Condition, Context

VERSION = "1"
ELEMENTS = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


class Permission(NamedTuple):
    """What a call needs: an action on a resource, such as `ots:GetRow` on `acs:ots:…:instance/i/table/t`."""

    action: str
    resource: str


class Decision(Enum):
    """The result of evaluating policies; the names are those of `NoPermissionType` in the cloud's answers."""

    ALLOW = "a statement allows it"
    EXPLICIT_DENY = "a statement denies it"
    IMPLICIT_DENY = "no statement allows it"


class Effect(Enum):
    """What a statement does with the calls that it covers."""

    ALLOW = "Allow"
    DENY = "Deny"


class Matcher(NamedTuple):
    """One element of a statement: its patterns as written, or everything but these if `inverted`."""

    patterns: tuple[str, ...]
    expressions: tuple[re.Pattern[str], ...]
    inverted: bool

    @property
    def granted(self) -> tuple[str, ...]:
        """The patterns of what an Allow grants; everything, if the element says what it does not grant."""
        return ("*",) if self.inverted else self.patterns

    def covers(self, text: str) -> bool:
        """Whether the element covers an action or a resource."""
        return any(expression.fullmatch(text) for expression in self.expressions) is not self.inverted


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its effect, and the calls that it covers."""

    effect: Effect
    actions: Matcher
    resources: Matcher
    conditions: tuple[Condition, ...] = ()

    def covers(self, permission: Permission, context: Context) -> bool:
        """Whether the statement covers a call."""
        return (
            self.actions.covers(permission.action.casefold())
            and self.resources.covers(permission.resource)
            and all(condition.holds(context) for condition in self.conditions)
        )


def decide(statements: Iterable[Statement], permission: Permission, context: Context) -> Decision:
    """Whether statements allow a call: an explicit Deny wins, and what no statement allows is denied."""
    effects = {statement.effect for statement in statements if statement.covers(permission, context)}
    if Effect.DENY in effects:
        return Decision.EXPLICIT_DENY
    return Decision.ALLOW if Effect.ALLOW in effects else Decision.IMPLICIT_DENY


def grants(statements: Iterable[Statement]) -> list[Permission]:
    """Each pair of an action and a resource that an Allow statement names, as written."""
    return [
        Permission(action, resource)
        for statement in statements
        if statement.effect is Effect.ALLOW
        for action in statement.actions.granted
        for resource in statement.resources.granted
    ]


def is_within(permission: Permission, grant: Permission) -> bool:
    """Whether a grant, as written in a policy, covers a permission."""
    action, resource = wildcard(grant.action.casefold()), wildcard(grant.resource)
    return bool(action.fullmatch(permission.action.casefold()) and resource.fullmatch(permission.resource))


def read_policy(document: Mapping[str, JsonValue], path: str = "policy") -> tuple[Statement, ...]:
    """The statements of a policy document.

    Args:
        document: the document, parsed.
        path: what messages call the document.

    Raises:
        InvalidPolicyError: RAM would not accept the document, or it uses what yunmock does not evaluate.
    """
    if unknown := sorted(document.keys() - {"Version", "Statement"}):
        raise InvalidPolicyError(path, f"unknown element {unknown[0]!r}")
    if document.get("Version") != VERSION:
        raise InvalidPolicyError(f"{path}.Version", f"must be {VERSION!r}, not {document.get('Version')!r}")
    statements = document.get("Statement")
    if not isinstance(statements, list) or not statements:
        raise InvalidPolicyError(f"{path}.Statement", "must be a list that is not empty")
    return tuple(_statement(item, f"{path}.Statement[{number}]") for number, item in enumerate(statements))


def _statement(item: JsonValue, path: str) -> Statement:
    if not isinstance(item, dict):
        raise InvalidPolicyError(path, "must be a map")
    if unknown := sorted(item.keys() - set(ELEMENTS)):
        raise InvalidPolicyError(path, f"unknown element {unknown[0]!r}; a statement of a role has {ELEMENTS}")
    effects = {effect.value: effect for effect in Effect}
    effect = item.get("Effect")
    if not isinstance(effect, str) or effect not in effects:
        raise InvalidPolicyError(f"{path}.Effect", f"must be Allow or Deny, not {effect!r}")
    actions, resources = _matcher(item, "Action", path, ignore_case=True), _matcher(item, "Resource", path)
    for action in actions.patterns:
        if action != "*" and ":" not in action:
            raise InvalidPolicyError(f"{path}.Action", f"{action!r} must have the form service:Action, or be '*'")
    for resource in resources.patterns:
        if resource != "*" and not resource.startswith("acs:"):
            raise InvalidPolicyError(f"{path}.Resource", f"{resource!r} must be an ARN (acs:…), or '*'")
    return Statement(effects[effect], actions, resources, read_conditions(item.get("Condition"), f"{path}.Condition"))


def _matcher(item: Mapping[str, JsonValue], element: str, path: str, *, ignore_case: bool = False) -> Matcher:
    """`Action` or `NotAction`, `Resource` or `NotResource`: exactly one of the two."""
    inverted = f"Not{element}" in item
    if inverted is (element in item):
        raise InvalidPolicyError(path, f"must have either {element} or Not{element}")
    name = f"Not{element}" if inverted else element
    patterns = _texts(item[name], f"{path}.{name}")
    return Matcher(patterns, tuple(wildcard(text.casefold() if ignore_case else text) for text in patterns), inverted)


def _texts(value: JsonValue, path: str) -> tuple[str, ...]:
    values: Sequence[JsonValue] = value if isinstance(value, list) else [value]
    texts = tuple(item for item in values if isinstance(item, str) and item)
    if not texts or len(texts) < len(values):
        raise InvalidPolicyError(path, "must be a text or a list of texts")
    return texts
