"""The style sheet and the script: files beside the pages, named with their digest so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import Final

from opsledger.console import static

TYPES: Final = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@cache
def content(name: str) -> bytes:
    """The bytes of a file."""
    return (resources.files(static) / name).read_bytes()


@cache
def digest(name: str) -> str:
    """A short digest of a file; it changes with the file."""
    return hashlib.sha256(content(name)).hexdigest()[:12]
