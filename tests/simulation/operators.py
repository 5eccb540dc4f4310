"""Jobs beside the handlers: the sweeper's function, and operators' tools on the same tables."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from tests.simulation import channels, migrating
from tests.simulation.roles import SWEEPER
from tests.simulation.schedule import MIGRATE, NOTIFY, REBUILD
from tests.simulation.workload import NOW_MS

from opsctl import backup, quarantine, rebuild
from opsledger import catalog
from opsledger.catalog.transition import Transition
from opsledger.deadline import Deadline
from opsledger.errors import UnavailableError
from opsledger.ledger import overdue, refused
from opsledger.ledger.record import Record
from opsledger.ledger.rows import record_columns, record_key
from opsledger.store import Put
from opsledger.store.tables import LEDGER

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.simulation.environment import Environment
    from tests.simulation.fault_injector import FaultInjector

    from opsledger.store import Row, Store, Written
    from opsledger.store.tables import Index, Table

LAST_SWEEP = "last sweep"
TIMEOUT_S = 60.0
"""The time that a tool has for each of its steps."""
DAY_MS = 86_400_000
LAST_SWEEPS_MS = (NOW_MS + DAY_MS, NOW_MS + 400 * DAY_MS)
"""When the last sweeps are: while what is presumed to have ended may still be settled, and when all that can be overdue
is, whatever was delivered."""


def run(tool: str, injector: FaultInjector, writer: str) -> None:
    """Run one of `TOOLS` once.

    Raises:
        WorldFailedError: the store failed; run it again.
    """
    TOOLS[tool](injector, writer)


def _sweep(injector: FaultInjector, writer: str) -> None:
    """Mark what is overdue."""
    swept = overdue.sweep(migrating.function_store(injector, SWEEPER), Deadline(injector, TIMEOUT_S), writer)
    if not swept.finished:
        raise UnavailableError("the sweep is not finished")


def _rebuild(injector: FaultInjector, _writer: str) -> None:
    """Write every record that differs as the ledger has it: at first those that another version's rules have made."""
    if injector.attempt == 0:
        _age(injector.environment)
    for _ in rebuild.rebuild(_FarStore(injector), rebuild.Which(), lambda: Deadline(injector, TIMEOUT_S), apply=True):
        pass


class _FarStore:
    """The store, seen from a computer far away: handlers run for long while ledger rows or a write are on the way."""

    def __init__(self, injector: FaultInjector) -> None:
        self._injector = injector
        self.read = injector.read

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Walk an index or a table; the rows of the ledger are old when they arrive."""
        rows = self._injector.walk(index, prefix, **options)
        if index is LEDGER:
            self._injector.pause()
        return rows

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Write rows, late."""
        self._injector.pause()
        return self._injector.write(puts)


def _age(environment: Environment) -> None:
    """Make the records of which something was acknowledged as under other rules: a column is not what it should be."""
    keys = [record_key(record) for record in sorted(environment.acknowledged)]
    rows = environment.store.read(keys)
    for key in (key for key in keys if key in rows):  # others are duplicates of what only version 0.1 has so far
        columns = rows[key].columns
        revision = int(columns["revision"])
        aged = {**columns, "severity": "former", "revision": revision + 1, "writer": "former version"}
        environment.write([Put(key, aged, revision)])


def _replay(injector: FaultInjector, writer: str) -> None:
    """Give everything that waits in quarantine to the pipeline again."""
    for number, entry in enumerate(list(refused.entries(injector))):
        quarantine.replay(injector, entry.digest, Deadline(injector, TIMEOUT_S), f"{writer}-{number}")


def _copy(injector: FaultInjector, writer: str) -> None:
    """Export both tables, and import the file over what has changed meanwhile."""
    file = BytesIO()
    backup.export(injector, file, resume=False, on_rows=lambda _share: None)
    file.seek(0)
    backup.restore(injector, file, lambda: Deadline(injector, TIMEOUT_S), writer, lambda _position: None)


@dataclass
class _Later:
    """A clock that stands still, after everything."""

    ms: int

    def now_ms(self) -> int:
        """The wall clock."""
        return self.ms

    def monotonic(self) -> float:
        """No time passes."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """No time passes."""

    def jitter(self) -> float:
        """Always the same."""
        return 0.0


def _mark_all(injector: FaultInjector, writer: str) -> None:
    """Sweep when everything is delivered, without faults: marks then follow from the transitions alone."""
    for moment in LAST_SWEEPS_MS:
        overdue.sweep(injector.environment.store, Deadline(_Later(moment), TIMEOUT_S), writer)


TOOLS: Mapping[str, Callable[[FaultInjector, str], None]] = {
    "sweep": _sweep,
    REBUILD: _rebuild,
    "replay": _replay,
    "export and import": _copy,
    LAST_SWEEP: _mark_all,
    NOTIFY: channels.notify,
    MIGRATE: migrating.migrate,
}


FOREIGN_RECORD = "new:thing:one"


def plant_foreign_record(store: Store) -> None:
    """Write an open record of a kind that this version's catalogue lacks: another version has recorded it."""
    spec, _ = catalog.find("ecs:Instance:SystemMaintenance.Reboot")
    announced = Transition("Scheduled", "one", spec.type, at=NOW_MS, not_before=NOW_MS)
    kind = spec.kind
    record = Record(FOREIGN_RECORD, kind.name, kind.product, kind.resource_type, "one", transitions={"one": announced})
    columns = {**record_columns(record), "kind": "new-kind", "revision": 1, "writer": "another version"}
    store.write([Put(record_key(FOREIGN_RECORD), columns)])


@contextmanager
def seeded_writers(rng: random.Random) -> Iterator[None]:
    """Let the seed decide the ids that a rebuild gives to its writes."""
    seeded = SimpleNamespace(uuid4=lambda: f"{rng.getrandbits(64):016x}")
    with patch("opsctl.rebuild.uuid", seeded):  # not in the module itself: the SDK draws from it too
        yield
