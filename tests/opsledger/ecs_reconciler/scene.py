"""A local cloud's ECS, a ledger beside it, and the two ways between them: pushes over the bus, and the reconciler."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.conftest import PipelineHarness
from tests.simulation.memory_store import MemoryStore

from opsledger.deadline import Deadline
from opsledger.ecs_reconciler.api import EcsApi
from opsledger.ecs_reconciler.reconciler import Reconciler
from opsledger.ledger import state
from opsledger.ledger.rows import read_record
from opsledger.ledger.verdicts import read_verdict
from opsledger.settings import Settings
from opsledger.store.tables import RECORDS, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.ecs_reconciler.reconciler import Reconciled
    from opsledger.ledger.record import Record
    from opsledger.ledger.verdicts import EventVerdict
    from opsledger.pipeline import Report
    from opsledger.store import Store
    from yunmock import Cloud

REGION = "cn-hangzhou"
REBOOT = "SystemMaintenance.Reboot"
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
PATIENCE_S = 30 * MINUTE_S
NOON_MS = 1_767_225_600_922
"""With milliseconds, because the API's moments have none."""


class CloudClock:
    """The clock of a local cloud; waiting advances it."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.waited = 0.0

    def now_ms(self) -> int:
        """The cloud's time, in ms."""
        return self._cloud.clock.now_ms()

    def monotonic(self) -> float:
        """The seconds waited so far."""
        return self.waited

    def sleep(self, seconds: float) -> None:
        """Wait: the cloud's time goes on."""
        self.waited += seconds
        self._cloud.advance(seconds)

    def jitter(self) -> float:
        """Always the same number."""
        return 0.5


class Scene:
    """What happens in the cloud, and what becomes of it.

    Attributes:
        problems: the verdicts that were reported, in order.
    """

    def __init__(self, cloud: Cloud, store: Store | None = None, at_ms: int = NOON_MS) -> None:
        cloud.clock.freeze(at_ms)
        self.cloud, self.clock = cloud, CloudClock(cloud)
        self.ecs: Any = cloud.services["ecs"]
        self.store = store or MemoryStore()
        self.problems: list[EventVerdict] = []
        self._delivered = 0

    def api(self, region: str = REGION) -> EcsApi:
        """The reconciler's own client."""
        keys = self.cloud.account.access_key_id, self.cloud.account.access_key_secret
        return EcsApi(Settings("https://unused", "unused", "", *keys), region)

    def reconciler(self, seconds: float = 300.0, api: Any = None, request_id: str = "round") -> Reconciler:
        """A reconciler of the region, with so much time."""
        return Reconciler(
            api or self.api(),
            self.store,
            Deadline(self.clock, seconds),
            account=self.cloud.account.account_id,
            request_id=request_id,
            patience_ms=PATIENCE_S * 1000,
            on_problem=self.problems.append,
        )

    def reconcile(self) -> Reconciled:
        """One round, which must be finished in one invocation."""
        reconciled = self.reconciler().reconcile()
        assert reconciled.progress.finished
        return reconciled

    def advance(self, seconds: float) -> None:
        """Let time pass in the cloud."""
        self.cloud.advance(seconds)

    def instance(self, name: str = "web", **options: Any) -> str:
        """A new instance."""
        created: str = self.ecs.create_instance(REGION, name, **options)
        return created

    def maintenance(self, in_s: float = HOUR_S, **options: Any) -> str:
        """The record's key of a planned reboot of a new instance."""
        not_before = self.cloud.clock.now_ms() + round(in_s * 1000)
        event = self.ecs.schedule_event(self.instance(), REBOOT, not_before=not_before, **options)
        return f"ecs:event:{event}"

    def pushed(self) -> list[Any]:
        """The events of the bus that were not taken from it yet, oldest first."""
        bridge: Any = self.cloud.services["eventbridge"]
        every = [trace.event for trace in bridge.traces.between("default", 0, 10**14)]
        new, self._delivered = every[self._delivered :], len(every)
        return new

    def push(self, choose: Callable[[Any], bool] = lambda _event: True) -> list[Any]:
        """Deliver what is new on the bus, as far as it is chosen; return the others."""
        new = [(event, choose(event)) for event in self.pushed()]
        self.deliver([event for event, chosen in new if chosen])
        return [event for event, chosen in new if not chosen]

    def deliver(self, events: list[Any]) -> Report:
        """Hand events to the pipeline, as a function would."""
        harness = PipelineHarness(self.store)
        harness.clock.now = self.cloud.clock.now_ms()
        return harness.process(json.dumps(events).encode())

    def records(self) -> dict[str, Record]:
        """Every record, by its key."""
        return {record.key: record for record in map(read_record, self.store.walk(RECORDS, []))}

    def statuses(self, name: str) -> list[str]:
        """The statuses of a record's transitions, in order."""
        return [transition.status for transition in state.in_order(self.records()[name])]

    def verdict(self, name: str) -> EventVerdict:
        """The verdict on one event."""
        return self.verdicts()[name]

    def verdicts(self) -> dict[str, EventVerdict]:
        """Every verdict, by the key of the record."""
        return {verdict.record: verdict for verdict in map(read_verdict, self.store.walk(VERDICTS, []))}
