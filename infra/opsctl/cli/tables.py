"""Our tables: in the local cloud, or in the Tablestore instance that the environment names."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

from opsctl.cli.at_once import STATE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsledger.store import Store
    from opsledger.store.tablestore import TablestoreStore


def open_remote() -> TablestoreStore:
    """Open the tables of the instance that the environment names.

    Raises:
        MisconfiguredError: a variable is missing or wrong.
    """
    from opsctl.cli import endpoints, local
    from opsctl.distant_store import DistantStore
    from opsledger import settings
    from opsledger.store.tablestore import open_client

    local.quiet_sdk_logs()
    names = ("access_key_id", "access_key_secret", "security_token")
    found = SimpleNamespace(**dict(zip(names, endpoints.credentials(), strict=True)))
    read = settings.read(SimpleNamespace(credentials=found))
    client = open_client(read.endpoint, read.instance, read.access_key_id, read.access_key_secret, read.security_token)
    return DistantStore(client, read.prefix)


@contextmanager
def open_tables(data: Path, *, remote: bool, migrating: bool = False) -> Iterator[TablestoreStore]:
    """Open the tables: of the real instance, or of the local cloud in the folder `data`.

    Args:
        migrating: whether the tables of version 0.1 may have rows that are not moved yet.

    Raises:
        MisconfiguredError: they have such rows, and `migrating` is false; or a variable is missing or wrong.
    """
    from opsctl.cli import local
    from opsledger.ledger import migration

    if remote:
        store = open_remote()
        migration.check(store, reads_old_tables=migrating or local.reads_old_tables())
        yield store
        return
    with local.local(data, migrating=migrating) as here:
        yield here.store


@contextmanager
def read_tables(data: Path, *, remote: bool) -> Iterator[Store]:
    """Open the tables to read only: a folder without a local cloud has none, and stays as it is.

    Raises:
        MisconfiguredError: as `open_tables`.
    """
    if is_empty(data, remote=remote):
        from opsctl.cli.no_store import NoStore

        yield NoStore()
        return
    with open_tables(data, remote=remote) as store:
        yield store


def is_empty(data: Path, *, remote: bool) -> bool:
    """Whether there is no local cloud in the folder `data`, so that nothing has been recorded there."""
    return not remote and not (data / STATE_FILE).exists() and (data.is_dir() or not data.exists())
