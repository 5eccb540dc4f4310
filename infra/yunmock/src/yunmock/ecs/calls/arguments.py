"""Read the parameters of a call: lists as `Name.1`, periods, tags, statuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from yunmock.ecs.errors import EcsError
from yunmock.rpc import arguments as parameters
from yunmock.rpc.errors import RpcError

if TYPE_CHECKING:
    from collections.abc import Collection

    from yunmock.rpc.arguments import Arguments

MAX_IDS = 100
MAX_TAGS = 20
MAX_TAGGED = 1_000
"""How many resources a filter by tags or by resource group can find."""

LIMIT_CODES = {
    "EventId": "EventIdLimitExceeded",
    "InstanceId": "InstanceIdLimitExceeded",
    "DiskId": "DiskIdLimitExceeded",
}
"""The code when a list has too many values; any other list is an InvalidParameter."""

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def values(arguments: Arguments, name: str, maximum: int = MAX_IDS) -> tuple[str, ...]:
    """The values of a list, `Name.1`, `Name.2` …, in the order of their numbers.

    Raises:
        EcsError: InvalidParameter, or the code in `LIMIT_CODES`: there are too many.
    """
    places = re.compile(re.escape(name) + r"\.([1-9]\d{0,5})")
    found = {int(match[1]): value for each, value in arguments.items() if value and (match := places.fullmatch(each))}
    if len(found) > maximum:
        if name in LIMIT_CODES:
            raise EcsError(LIMIT_CODES[name], maximum, name)
        raise RpcError("InvalidParameter", name, f"at most {maximum} values")
    return tuple(found[place] for place in sorted(found))


def known_values(arguments: Arguments, name: str, maximum: int, known: Collection[str]) -> tuple[str, ...]:
    """The same, each one of a set of values.

    Raises:
        RpcError: InvalidParameter.
    """
    found = values(arguments, name, maximum)
    if any(value not in known for value in found):
        raise RpcError("InvalidParameter", name, "one of " + ", ".join(known))
    return found


def moment(arguments: Arguments, name: str) -> int | None:
    """A time in milliseconds; None when it is absent.

    Raises:
        RpcError: InvalidParameter; it is not `yyyy-MM-ddTHH:mm:ssZ`.
    """
    text = arguments.get(name, "")
    if not text:
        return None
    try:
        parsed = datetime.strptime(text, _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        raise RpcError("InvalidParameter", name, "a time in UTC as yyyy-MM-ddTHH:mm:ssZ") from None
    return round(parsed.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Period:
    """A period whose ends are part of it; either may be open."""

    start_ms: int | None
    end_ms: int | None

    @property
    def given(self) -> bool:
        """Whether the caller asked for a period."""
        return (self.start_ms, self.end_ms) != (None, None)

    def has(self, ms: int | None) -> bool:
        """Whether a moment, in whole seconds, lies in the period; one that does not exist lies in no period."""
        if not self.given:
            return True
        if ms is None:
            return False
        second = ms // 1000 * 1000
        return (self.start_ms is None or second >= self.start_ms) and (self.end_ms is None or second <= self.end_ms)


def period(arguments: Arguments, name: str) -> Period:
    """`Name.Start` and `Name.End`.

    Raises:
        EcsError: InvalidParameter, InvalidParameter.TimeEndBeforeStart.
    """
    found = Period(moment(arguments, f"{name}.Start"), moment(arguments, f"{name}.End"))
    if found.start_ms is not None and found.end_ms is not None and found.end_ms < found.start_ms:
        raise EcsError("InvalidParameter.TimeEndBeforeStart", name)
    return found


def tags(arguments: Arguments) -> dict[str, str]:
    """Tag.N.Key and Tag.N.Value; an empty value matches any.

    Raises:
        EcsError: InvalidTag.Mismatch, InvalidTagCount.
    """
    try:
        found = parameters.tags(arguments)
    except RpcError:
        raise EcsError("InvalidTag.Mismatch") from None
    if len(found) > MAX_TAGS:
        raise EcsError("InvalidTagCount")
    return found


def refuse_unsupported(arguments: Arguments, names: Collection[str]) -> None:
    """Refuse a parameter that the service has and yunmock does not, rather than answer as if it were not there.

    Raises:
        EcsError: ParameterNotSupported.
    """
    sent = {name.partition(".")[0] for name, value in arguments.items() if value}
    for name in names:
        if name in sent:
            raise EcsError("ParameterNotSupported", name)
