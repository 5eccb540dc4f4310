"""The attributes of a queue that a user sets, and the settings of a message: their ranges and defaults.

https://www.alibabacloud.com/help/doc-detail/35129.html (CreateQueue), https://www.alibabacloud.com/help/doc-detail/35134.htm
(SendMessage).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yunmock.mns.errors import MnsError, out_of_range

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES = 65_536
"""The largest message, and the largest total of a batch."""
MAX_BATCH = 16
MAX_NAME = 120
MAX_WAIT_S = 30
HIGHEST_PRIORITY, DEFAULT_PRIORITY, LOWEST_PRIORITY = 1, 8, 16

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_DIGITS = re.compile(r"\d{1,12}", re.ASCII)


class Limits(NamedTuple):
    """The range of a number, both ends included, and its default."""

    lowest: int
    highest: int
    default: int


DELAY = Limits(0, 604_800, 0)
VISIBILITY = Limits(1, 43_200, 30)
RANGES: dict[str, Limits] = {
    "VisibilityTimeout": VISIBILITY,
    "MaximumMessageSize": Limits(1024, MAX_BYTES, MAX_BYTES),
    "MessageRetentionPeriod": Limits(60, 604_800, 345_600),
    "DelaySeconds": DELAY,
    "PollingWaitSeconds": Limits(0, MAX_WAIT_S, 0),
}
"""The numbers among a queue's attributes, in seconds or bytes."""
LOGGING = "LoggingEnabled"
DEFAULTS: dict[str, int] = {**{name: limits.default for name, limits in RANGES.items()}, LOGGING: 0}

_BOOLEANS = {"true": 1, "false": 0}


def number(name: str, text: str, limits: Limits) -> int:
    """A whole number within its range.

    Raises:
        MnsError: InvalidArgument.
    """
    value = int(text) if _DIGITS.fullmatch(text) else -1
    if not limits.lowest <= value <= limits.highest:
        raise out_of_range(name, limits.lowest, limits.highest)
    return value


def read_attributes(given: Mapping[str, str]) -> dict[str, int]:
    """The attributes that a caller sets, by the API's names; LoggingEnabled is 1 or 0.

    Raises:
        MnsError: InvalidArgument for an unknown attribute, or a value outside its range.
    """
    return {name: _attribute(name, text.strip()) for name, text in given.items()}


def check_name(name: str) -> None:
    """Check the name of a new queue.

    Raises:
        MnsError: QueueNameLengthError or InvalidQueueName.
    """
    if not 1 <= len(name) <= MAX_NAME:
        raise MnsError("QueueNameLengthError")
    if not _NAME.fullmatch(name):
        raise MnsError("InvalidQueueName")


def _attribute(name: str, text: str) -> int:
    if name == LOGGING and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if name not in RANGES:
        raise MnsError("InvalidArgument", name)
    return number(name, text, RANGES[name])
