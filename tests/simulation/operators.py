"""Jobs beside the handlers: the sweeper's function, and operators' tools on the same tables."""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.simulation.roles import SWEEPER, RoleStore
from tests.simulation.workload import NOW_MS

from opsctl import backup, quarantine, rebuild
from opsledger.deadline import Deadline
from opsledger.errors import UnavailableError
from opsledger.ledger import overdue

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping

    from tests.simulation.fault_injector import FaultInjector

    from opsledger.store import Store

TIMEOUT_S = 60.0
"""The time that a tool has for each of its steps."""
LATER_MS = NOW_MS + 400 * 86_400_000
"""Everything that can be overdue is, whatever was delivered."""


def run(tool: str, injector: FaultInjector, writer: str) -> None:
    """Run one of `TOOLS` once.

    Raises:
        WorldFailedError: the store failed; run it again.
    """
    TOOLS[tool](injector, writer)


def _sweep(injector: FaultInjector, writer: str) -> None:
    """Mark what is overdue."""
    swept = overdue.sweep(RoleStore(injector, SWEEPER), Deadline(injector, TIMEOUT_S), writer)
    if not swept.finished:
        raise UnavailableError("the sweep is not finished")


def _rebuild(injector: FaultInjector, _writer: str) -> None:
    """Write every record that differs as the ledger has it."""
    for _ in rebuild.rebuild(injector, rebuild.Which(), lambda: Deadline(injector, TIMEOUT_S), apply=True):
        pass


def _replay(injector: FaultInjector, writer: str) -> None:
    """Give everything that waits in quarantine to the pipeline again."""
    for number, entry in enumerate(list(quarantine.entries(injector))):
        quarantine.replay(injector, entry.digest, Deadline(injector, TIMEOUT_S), f"{writer}-{number}")


def _copy(injector: FaultInjector, writer: str) -> None:
    """Export both tables, and import the file over what has changed meanwhile."""
    file = BytesIO()
    backup.export(injector, file, resume=False, on_rows=lambda _share: None)
    file.seek(0)
    backup.restore(injector, file, lambda: Deadline(injector, TIMEOUT_S), writer, lambda _position: None)


TOOLS: Mapping[str, Callable[[FaultInjector, str], None]] = {
    "sweep": _sweep,
    "rebuild": _rebuild,
    "replay": _replay,
    "export and import": _copy,
}


@contextmanager
def seeded_writers(rng: random.Random) -> Iterator[None]:
    """Let the seed decide the ids that a rebuild gives to its writes."""
    with patch("opsctl.rebuild.uuid.uuid4", lambda: f"{rng.getrandbits(64):016x}"):
        yield


class _Later:
    """A clock that stands still, long after everything."""

    def now_ms(self) -> int:
        """The wall clock."""
        return LATER_MS

    def monotonic(self) -> float:
        """No time passes."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """No time passes."""

    def jitter(self) -> float:
        """Always the same."""
        return 0.0


def mark_all(store: Store) -> None:
    """Sweep when everything is delivered, without faults: marks then follow from the transitions alone."""
    overdue.sweep(store, Deadline(_Later(), TIMEOUT_S), "last sweep")
