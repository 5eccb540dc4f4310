"""A module that reads its environment in every way."""

from __future__ import annotations

import os
from os import environ
from typing import Any

import levels  # type: ignore[import-not-found]  # found where the function runs

OPTIONAL = os.environ.get("OPTIONAL_NAME", "none")
ALSO_OPTIONAL = os.getenv("OTHER_NAME") or "none"
CREDENTIAL = os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID")
if "GUARDED_NAME" in environ:
    OPTIONAL = environ["GUARDED_NAME"]


def handler(event: bytes, context: Any) -> str:
    """Read a variable that must be there."""
    return f"{os.environ['TABLE_NAME']}: {len(event)} {context.request_id} {levels.LEVEL}"
