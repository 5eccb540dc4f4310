"""The target of an HTTP trigger: shows people what is recorded."""

from __future__ import annotations

from typing import Any

from opsledger.handlers import console


def initializer(context: object) -> None:
    """Called once per instance, before its first request."""
    console.initialize(context)


def handler(event: bytes, context: object) -> dict[str, Any]:
    """Called with each HTTP request as JSON."""
    return console.handle(event, context)
