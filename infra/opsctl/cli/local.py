"""The local cloud that every command works on: yunmock in this process, its state in the data folder."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import opsledger
import yunmock
from opsledger import settings
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator

STATE_FILE = "cloud.sqlite"
FUNCTION_SERVICE = "opsledger"
"""The 2016-08-15 API names a service in each path; functions of component fc3 have none, so any name does."""

INSTANCE = {"OTS_ENDPOINT": "https://local.cn-hangzhou.ots.aliyuncs.com", "OTS_INSTANCE": "local"}
"""The Tablestore instance of the local cloud, whatever the environment of this shell names."""


def endpoint(cloud: yunmock.Cloud, service: str) -> str:
    """The host of `eventbridge` or `fc` as the vendor names it; yunmock answers there."""
    return f"{cloud.account.account_id}.{_HOSTS[service].format(region=cloud.account.region)}.aliyuncs.com"


_HOSTS = {"eventbridge": "eventbridge.{region}", "fc": "{region}.fc"}


@dataclass(frozen=True, slots=True)
class Local:
    """A cloud that answers the SDKs in this process, and our tables in it."""

    cloud: yunmock.Cloud
    store: TablestoreStore


@contextmanager
def local(data: Path, template: Path | None = None) -> Iterator[Local]:
    """Open the cloud of the data folder `data`, with what `template` deploys, and make our tables if need be."""
    quiet_sdk_logs()
    data.mkdir(parents=True, exist_ok=True)
    _ignore_in_git(data)
    cloud = yunmock.local_cloud(data=data / STATE_FILE, function_environment=INSTANCE)
    try:
        if template is not None:  # here, so that a template that cannot be deployed closes the file all the same
            yunmock.deploy(cloud, template)
        with mock_aliyun(cloud):
            yield Local(cloud, _store(cloud))
    finally:
        cloud.close()


def default_template() -> Path:
    """`s.yaml` in this folder, or the one beside the library's sources.

    Raises:
        LookupError: neither is there.
    """
    for path in (Path("s.yaml"), Path(opsledger.__file__).parents[2] / "s.yaml"):
        if path.is_file():
            return path
    raise LookupError("there is no s.yaml in this folder; run the command in the project's folder, or name the file")


def _store(cloud: yunmock.Cloud) -> TablestoreStore:
    environment = {
        **INSTANCE,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cloud.account.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cloud.account.access_key_secret,
    }
    told = settings.read(None, environment)
    client = open_client(told.endpoint, told.instance, told.access_key_id, told.access_key_secret, None)
    store = TablestoreStore(client, told.prefix)
    store.create_tables()
    return store


def _ignore_in_git(data: Path) -> None:
    marker = data / ".gitignore"
    if not marker.exists():
        marker.write_text("*\n")


def quiet_sdk_logs() -> None:
    """Keep what SDKs log off the terminal."""
    # aliyun-fc2 logs request headers, credentials among them, on the root logger.
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.NullHandler())
    logging.getLogger("opsledger.tablestore").propagate = False
