"""What a function does when an instance starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.opsledger.failing_store import FailingStore, before

from opsledger import settings
from opsledger.deadline import Deadline, SystemClock
from opsledger.errors import MisconfiguredError, ThrottledError, UnavailableError
from opsledger.handlers import invocation
from opsledger.ledger.commit import commit
from opsledger.ledger.migration import Migration, NoteMigration
from opsledger.store.old_tables import OldTablesStore
from opsledger.store.remote import RemoteStore

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLES = {
    "OTS_ENDPOINT": "https://a.cn-hangzhou.ots.aliyuncs.com",
    "OTS_INSTANCE": "a",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
}


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FailingStore]:
    """Start an instance on a store in memory, with variables; the store."""

    def start(store: FailingStore | None = None, **variables: str) -> FailingStore:
        for name, value in {**VARIABLES, **variables}.items():
            monkeypatch.setenv(name, value)
        used = store or FailingStore()
        monkeypatch.setattr(invocation, "open_store", lambda _settings: used)
        invocation.initialize(None)
        return used

    return start


def noted(state: str) -> FailingStore:
    """A store where the migration is so far."""
    store = FailingStore()
    commit(store, [NoteMigration(Migration(state))], Deadline(SystemClock(), 10), "test")
    store.calls.clear()
    return store


def test_it_reads_one_row(start: Callable[..., FailingStore]) -> None:
    """Whether the rows of version 0.1 have been moved."""
    assert start().calls == ["read"]
    assert start(noted("done")).calls == ["read"]


@pytest.mark.parametrize("state", ["needed", "moving"])
def test_it_refuses_to_start_on_the_new_tables_alone(start: Callable[..., FailingStore], state: str) -> None:
    """While the old ones have rows that are not moved; reading both, it starts and asks nothing."""
    with pytest.raises(MisconfiguredError, match="opsledger migrate"):
        start(noted(state))
    assert start(noted(state), OPSLEDGER_OLD_TABLES="read").calls == []


@pytest.mark.parametrize("error", [ThrottledError("busy"), UnavailableError("no answer")])
def test_a_store_that_is_busy_does_not_keep_it_from_starting(
    start: Callable[..., FailingStore], error: Exception
) -> None:
    """An event tries again for longer than an initializer can."""
    assert start(FailingStore({1: before(error)})).calls == ["read"]


def test_the_setting_decides_which_tables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both, or the new ones alone; anything but the two words is refused."""

    def opened(**variables: str) -> Any:
        monkeypatch.setattr(invocation, "_opened", None)
        for name, value in {**VARIABLES, **variables}.items():
            monkeypatch.setenv(name, value)
        return invocation.open_store(settings.read(None))

    assert isinstance(opened(), RemoteStore)
    assert isinstance(opened(OPSLEDGER_OLD_TABLES="none"), RemoteStore)
    assert isinstance(opened(OPSLEDGER_OLD_TABLES="read"), OldTablesStore)
    with pytest.raises(MisconfiguredError, match="OPSLEDGER_OLD_TABLES should be none or read"):
        opened(OPSLEDGER_OLD_TABLES="yes")
