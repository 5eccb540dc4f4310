"""Reproducible zip archives: the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip entry can have."""
READABLE = 0o100644


def pack(tree: Mapping[str, bytes]) -> bytes:
    """Return an archive of `tree`: entries sorted by name, all with one time and mode, no folders."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(tree):
            archive.writestr(_entry(path), tree[path])
    return buffer.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix on every platform, or unzip ignores the mode
    entry.external_attr = READABLE << 16
    return entry
