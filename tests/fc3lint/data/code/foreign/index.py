"""A module that needs a package nobody has."""

from __future__ import annotations

from typing import Any

import opsledger_test_package_that_is_nowhere as nowhere  # type: ignore[import-not-found]  # which is the point


def handler(event: bytes, context: Any) -> Any:
    """Hand on."""
    return nowhere.handle(event, context)
