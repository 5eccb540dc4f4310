"""The Condition element of a statement: operators, keys, and how several of them combine.

https://www.alibabacloud.com/help/en/ram/conditional-operator has the operators. All operators and all keys must hold
(AND); of several values for one key, one must match (OR), and with a negated operator none may. Only the keys in `KEYS`
are known, because yunmock knows their values for each request; any other key is refused when the policy is read.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from yunmock.ram.errors import InvalidPolicyError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from yunmock.json_types import JsonValue

CURRENT_TIME, SOURCE_IP = "acs:CurrentTime", "acs:SourceIp"
KEYS = (CURRENT_TIME, SOURCE_IP)

Context: TypeAlias = "Mapping[str, str]"
"""The value that each condition key has for one request."""


class Operator(NamedTuple):
    """An operator: whether a request's value matches one of the policy's; `negated` turns the result around."""

    matches: Callable[[str, str], bool]
    negated: bool = False


class Condition(NamedTuple):
    """One operator with one key and its values."""

    operator: Operator
    key: str
    values: tuple[str, ...]

    def holds(self, context: Context) -> bool:
        """Whether the request's value satisfies this condition."""
        found = any(self.operator.matches(context[self.key], value) for value in self.values)
        return found is not self.operator.negated


def wildcard(pattern: str, *, question_mark: bool = False) -> re.Pattern[str]:
    """The expression for a pattern in which `*` stands for any text, and `?` for one character if that is asked."""
    expression = re.escape(pattern).replace(r"\*", ".*")
    return re.compile(expression.replace(r"\?", ".") if question_mark else expression, re.DOTALL)


def moment(text: str) -> datetime:
    """A time in ISO 8601, in UTC unless it has an offset.

    Raises:
        ValueError: it is no such time.
    """
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _in_network(value: str, network: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


def _like(value: str, pattern: str) -> bool:
    return wildcard(pattern, question_mark=True).fullmatch(value) is not None


_STRINGS = {
    "StringEquals": Operator(lambda value, wanted: value == wanted),
    "StringNotEquals": Operator(lambda value, wanted: value == wanted, negated=True),
    "StringEqualsIgnoreCase": Operator(lambda value, wanted: value.casefold() == wanted.casefold()),
    "StringNotEqualsIgnoreCase": Operator(lambda value, wanted: value.casefold() == wanted.casefold(), negated=True),
    "StringLike": Operator(_like),
    "StringNotLike": Operator(_like, negated=True),
}
_DATES = {
    "DateEquals": Operator(lambda value, wanted: moment(value) == moment(wanted)),
    "DateNotEquals": Operator(lambda value, wanted: moment(value) == moment(wanted), negated=True),
    "DateLessThan": Operator(lambda value, wanted: moment(value) < moment(wanted)),
    "DateLessThanEquals": Operator(lambda value, wanted: moment(value) <= moment(wanted)),
    "DateGreaterThan": Operator(lambda value, wanted: moment(value) > moment(wanted)),
    "DateGreaterThanEquals": Operator(lambda value, wanted: moment(value) >= moment(wanted)),
}
_ADDRESSES = {"IpAddress": Operator(_in_network), "NotIpAddress": Operator(_in_network, negated=True)}

OPERATORS: dict[str, Mapping[str, Operator]] = {
    CURRENT_TIME: {**_DATES, **_STRINGS},
    SOURCE_IP: {**_ADDRESSES, **_STRINGS},
}
"""The operators that each key can have."""

_EXAMPLES = {CURRENT_TIME: "2026-01-01T00:00:00Z", SOURCE_IP: "127.0.0.1"}


def read_conditions(element: JsonValue, path: str) -> tuple[Condition, ...]:
    """The conditions of a statement; none if the element is absent (None).

    Raises:
        InvalidPolicyError: the element is malformed, or has a key or an operator that is not known.
    """
    if element is None:
        return ()
    return tuple(
        _condition(operator, key, given, f"{path}.{operator}")
        for operator, keys in _map(element, path).items()
        for key, given in _map(keys, f"{path}.{operator}").items()
    )


def _condition(operator: str, key: str, given: JsonValue, path: str) -> Condition:
    if key not in KEYS:
        raise InvalidPolicyError(path, f"yunmock does not know the condition key {key!r}; it knows {', '.join(KEYS)}")
    found = OPERATORS[key].get(operator)
    if found is None:
        raise InvalidPolicyError(path, f"{operator!r} is not an operator for {key}; use {', '.join(OPERATORS[key])}")
    values = given if isinstance(given, list) else [given]
    texts = tuple(value for value in values if isinstance(value, str))
    if not texts or len(texts) < len(values):
        raise InvalidPolicyError(f"{path}.{key}", "must be a text or a list of texts")
    condition = Condition(found, key, texts)
    try:
        condition.holds(_EXAMPLES)
        list(map(found.matches, [_EXAMPLES[key]] * len(texts), texts))
    except ValueError as error:
        raise InvalidPolicyError(f"{path}.{key}", str(error)) from None
    return condition


def _map(value: JsonValue, path: str) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict) or not value:
        raise InvalidPolicyError(path, "must be a map that is not empty")
    return value
