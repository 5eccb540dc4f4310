"""The target of a timer: asks ECS what happened, and compares that with what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsledger.handlers import ecs_reconciler, invocation

if TYPE_CHECKING:
    from opsledger.strict_json import JsonValue


def initializer(context: object) -> None:
    """Called once per instance, before its first event."""
    invocation.initialize(context, "ecs")


def handler(event: bytes, context: object) -> dict[str, JsonValue]:
    """Called by the timer; its payload may name the regions: `{"regions": ["cn-hangzhou"]}`."""
    return ecs_reconciler.handle(event, context)
