"""A cloud in memory and one on SQLite, the vendor's SDK talking to it, and a table to work on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import (
    CapacityUnit,
    OTSClient,
    OTSServiceError,
    ReservedThroughput,
    TableMeta,
    TableOptions,
)
from tablestore.retry import NoRetryPolicy

from yunmock.cloud import Cloud
from yunmock.tablestore.patch import patched
from yunmock.tablestore.service import TablestoreService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

ENDPOINT = "https://ledger.cn-hangzhou.ots.aliyuncs.com"


@pytest.fixture(params=["memory", "sqlite"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud that the SDK reaches, once in memory and once on SQLite."""
    cloud = Cloud(data=tmp_path / "state.sqlite" if request.param == "sqlite" else None)
    cloud.services["tablestore"] = TablestoreService(cloud)
    with patched(cloud):
        yield cloud
    cloud.close()


@pytest.fixture
def service(cloud: Cloud) -> TablestoreService:
    """The cloud's Tablestore."""
    service = cloud.services["tablestore"]
    assert isinstance(service, TablestoreService)
    return service


@pytest.fixture
def make_client(cloud: Cloud) -> Callable[..., Any]:
    """Makes clients of the vendor's SDK; keyword arguments go to it."""

    def make(kind: Any = OTSClient, instance: str = "ledger", **options: Any) -> Any:
        keys = cloud.account.access_key_id, cloud.account.access_key_secret
        return kind(ENDPOINT, *keys, instance, **{"retry_policy": NoRetryPolicy(), **options})

    return make


@pytest.fixture
def client(make_client: Callable[..., Any]) -> Any:
    """A client that does not retry."""
    return make_client()


@pytest.fixture
def make_table(client: Any) -> Callable[..., str]:
    """Makes a table, by default with one STRING key column called `id`; answers its name."""

    def make(name: str = "events", key: Any = None, defined: Any = None, indexes: Any = (), **options: Any) -> str:
        meta = TableMeta(name, key or [("id", "STRING")], defined)
        throughput = ReservedThroughput(CapacityUnit(0, 0))
        client.create_table(meta, TableOptions(**options), throughput, list(indexes))
        return name

    return make


@pytest.fixture
def table(make_table: Callable[..., str]) -> str:
    """A table whose key is one STRING column called `id`."""
    return make_table()


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[None]]:
    """Expects the service to refuse: with this code, these words and this HTTP status, where given."""

    @contextmanager
    def expect(code: str, message: str | None = None, status: int | None = None) -> Iterator[None]:
        with pytest.raises(OTSServiceError) as caught:
            yield
        error = caught.value
        assert (error.code, message or error.message) == (code, error.message)
        assert status in (None, error.http_status)

    return expect
