"""Tablestore (OTS) in the local cloud: the wide-column data model over the vendor's wire protocol."""

from yunmock.tablestore.limits import TablestoreLimits, TablestoreSettings
from yunmock.tablestore.patch import patched
from yunmock.tablestore.service import TablestoreService

__all__ = ["TablestoreLimits", "TablestoreService", "TablestoreSettings", "patched"]
