"""Transitions that versions before 0.2.0 stored: their keys as they are made now.

Those versions made a transition's key of every time in its content, to the millisecond. So the same step had another
key by another route. A key now is made of less (`codec.transition_key`), and nearly always of values that were stored.
So a stored transition gets its present key when its row is read. Where a value is missing, it keeps the key that it has
until a delivery comes that had that key, too (`Record.rekeyed`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from opsledger import catalog, strict_json, timestamps
from opsledger.catalog.templates import in_service_wording, match_message
from opsledger.catalog.transition import UNNOTED
from opsledger.errors import BadEventError
from opsledger.ledger import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opsledger.catalog.transition import Transition
    from opsledger.ledger.notification import Notification

    Distinct = tuple[int | None, tuple[str | int | None, ...]]
    """The moment in a key, and the further values."""

CUT_MESSAGE = 500
"""The characters of a message that a transition keeps: of a longer one the key cannot be made again."""


def key(status: str, distinct: Iterable[str | int | None]) -> str:
    """The key that versions before 0.2.0 gave a transition."""
    text = strict_json.write_in_order([status, *distinct])
    return hashlib.sha256(text.encode()).hexdigest()[: codec.KEY_DIGITS]


def is_former(key: str) -> bool:
    """Whether a key is one that versions before 0.2.0 gave."""
    return len(key) == codec.KEY_DIGITS


def present_keys(notifications: Iterable[Notification]) -> dict[str, str]:
    """The former key of each notification's transition, where it has to say so itself → its present key."""
    return {key(n.transition.status, n.former): n.transition.key for n in notifications if n.former is not None}


def renewed(kind: str, transition: Transition, content: str = "") -> Transition:
    """A stored transition as 0.2.0 would have stored it; when it was sent and received was not noted.

    Args:
        content: the content that it was read from, as JSON, where the row has it.
    """
    issued = _issued(kind, transition, content)
    noted = transition._replace(issued_at=issued, sent_at=UNNOTED, last_sent_at=UNNOTED, received_at=UNNOTED)
    found = _distinct(kind, noted)
    if found is None:
        return noted
    return noted._replace(key=codec.transition_key(noted.status, *found))


def _distinct(kind: str, transition: Transition) -> Distinct | None:
    if kind in _BY_KIND:
        return _BY_KIND[kind](transition)
    if catalog.kind(kind).product == "eci":
        return _kubernetes(transition)
    return None


def _issued(kind: str, transition: Transition, content: str) -> int | None:
    if kind != "system-event":
        return None
    if transition.status in _ANNOUNCED:
        return transition.at
    try:
        published = strict_json.read_object(content).get("publishTime") if content else None
        return timestamps.parse(str(published)) if published else None
    except (BadEventError, ValueError):
        return None


_ANNOUNCED = ("Inquiring", "Scheduled")


def _system_event(t: Transition) -> Distinct | None:
    if t.issued_at is None:
        return None
    return t.issued_at, (t.not_before,) if t.status in _ANNOUNCED else ()


def _at(t: Transition) -> Distinct:
    return t.at, ()


def _kubernetes(t: Transition) -> Distinct | None:
    message, reason = t.detail.get("message", ""), t.type.rpartition(":")[2]
    if t.at is None or len(message) >= CUT_MESSAGE:
        return None  # without a moment the key was made of the event's name, which was not stored
    templates = catalog.find(t.type)[0].templates
    return t.at, (reason, in_service_wording(templates, message, match_message(templates, message)), "")


def _group_state(t: Transition) -> Distinct | None:
    return _at(t) if t.type == "eci:ContainerGroup:StateChange" else _kubernetes(t)


_BY_KIND: dict[str, Callable[[Transition], Distinct | None]] = {
    "system-event": _system_event,
    "disk-event": lambda t: (t.started_at, (t.detail.get("effect"),)),
    "instance-state": _at,
    "preemptible-interruption": _at,
    "live-migration": lambda t: (t.finished_at or t.started_at, (t.detail.get("from"), t.detail.get("to"))),
    "performance-mode": lambda t: (t.at, (t.detail.get("operator"),)),
    "performance-restriction": lambda t: (t.at, (t.started_at, t.finished_at)),
    "container-group-state": _group_state,
}
"""Kind → what the keys of its transitions are made of, from what was stored."""
