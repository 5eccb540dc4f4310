"""Receipt handles: which message was received, and until when the receipt is good.

A handle looks like the vendor's (`1-ODU4OTkzNDU5My0xNDM1MTk3NjAwLTItNg==`) and is opaque to callers. It has no
character that a URL must escape. Each time a message is received or hidden it gets a new one, and the older ones end.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, NamedTuple

from yunmock.mns.errors import MnsError

if TYPE_CHECKING:
    from yunmock.mns.model import QueueMessage

_HANDLE = re.compile(r"(?P<priority>[1-9]|1[0-6])-(?P<rest>[A-Za-z0-9+/]+={0,2})")
_REST = re.compile(rb"(\d{1,20})-(\d{1,20})")
_MAX = 2**63


class Receipt(NamedTuple):
    """What a handle says."""

    priority: int
    sequence: int
    visible_ms: int


def write_handle(message: QueueMessage) -> str:
    """The handle of a message that is hidden now."""
    rest = f"{message.sequence}-{message.visible_ms}"
    return f"{message.priority}-{base64.b64encode(rest.encode()).decode()}"


def read_handle(handle: str) -> Receipt:
    """The parts of a handle.

    Raises:
        MnsError: ReceiptHandleError, it was not issued.
    """
    found = _HANDLE.fullmatch(handle)
    try:
        rest = _REST.fullmatch(base64.b64decode(found["rest"], validate=True)) if found else None
    except ValueError:
        rest = None
    numbers = [int(digits) for digits in rest.groups()] if rest else []
    if found is None or not numbers or max(numbers) >= _MAX:
        raise MnsError("ReceiptHandleError")
    return Receipt(int(found["priority"]), *numbers)
