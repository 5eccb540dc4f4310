"""Notification policies, as stored, and what they have pushed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.cloudmonitor.alert import MonitoredEvent


@dataclass(frozen=True, slots=True)
class NotificationPolicy:
    """Which events are pushed, and where.

    Attributes:
        target: an address, or the name of a function.
        names: names of events, with or without their status; all if empty.
        levels: all if empty.
    """

    name: str
    target: str
    names: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def wants(self, event: MonitoredEvent) -> bool:
        """Whether the policy pushes an event."""
        named = not self.names or event.name in self.names or event.full_name in self.names
        return named and (not self.levels or event.level in self.levels)


@dataclass(frozen=True, slots=True)
class PolicyPush:
    """One attempt to push an event; `status` is None if there was no answer. `next_ms` is when it is tried again."""

    policy: str
    event: str
    at_ms: int
    ok: bool
    status: int | None
    error: str = ""
    next_ms: int | None = None


def encode(policy: NotificationPolicy) -> bytes:
    """A policy as stored."""
    return json.dumps(asdict(policy)).encode()


def decode(text: bytes) -> NotificationPolicy:
    """A stored policy."""
    fields = json.loads(text)
    return NotificationPolicy(fields["name"], fields["target"], tuple(fields["names"]), tuple(fields["levels"]))
