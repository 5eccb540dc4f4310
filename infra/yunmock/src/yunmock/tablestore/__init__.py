"""Tablestore (OTS) in the local cloud: the wide-column data model over the vendor's wire protocol.

The service needs the vendor's SDK and is imported on first use: what the pages of a server show of tables does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.tablestore.limits import TablestoreLimits, TablestoreSettings
    from yunmock.tablestore.patch import patched
    from yunmock.tablestore.service import TablestoreService

__all__ = ["TablestoreLimits", "TablestoreService", "TablestoreSettings", "patched"]

_MODULES = {
    "TablestoreLimits": "limits",
    "TablestoreService": "service",
    "TablestoreSettings": "limits",
    "patched": "patch",
}

if not TYPE_CHECKING:  # a type checker reads the imports above, and still reports a name that does not exist

    def __getattr__(name: str) -> object:
        """Import the module that defines `name`."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
