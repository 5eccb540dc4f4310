"""The simulated ECI API: container groups and their events, two groups a page, with injected faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation import workload
from tests.simulation.schedule import PollJob

from opsledger import timestamps
from opsledger.eci_poller.api import Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.fault_injector import FaultInjector
    from tests.simulation.schedule import Schedule

REGION = workload.names_of("0").region
ACCOUNT = workload.names_of("0").account
PAGE_GROUPS = 2
_STATUSES = ("Running", "Pending", "Restarting")


class SimulatedEciApi:
    """The container groups of a schedule and their events, as ECI lists them."""

    def __init__(self, schedule: Schedule) -> None:
        names = {entity: workload.names_of(entity).container_group_id for entity in sorted(schedule.polled)}
        self.groups = {group: _STATUSES[int(entity) % len(_STATUSES)] for entity, group in names.items()}
        self.events_of: dict[str, list[dict[str, Any]]] = {group: [] for group in self.groups}
        for fact in dict.fromkeys(fact for job in schedule.jobs if isinstance(job, PollJob) for fact in job.facts):
            self.events_of[names[fact.entity]].append(api_event(fact))


class FaultyEciClient:
    """A client of the API for one invocation: calls may fail, and the process may die between pages."""

    region = REGION

    def __init__(self, api: SimulatedEciApi, injector: FaultInjector) -> None:
        self._api, self._injector = api, injector

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """A page of groups."""
        names = [name for name in self._api.groups if name in ids] if ids else list(self._api.groups)
        listed = [{"containerGroupId": name, "status": self._api.groups[name]} for name in names]
        start = int(next_token or 0)
        end = start + PAGE_GROUPS
        return self._answer(listed[start:end], f"{end}" if end < len(listed) else None)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
        """The events of these groups in the last `since_s` seconds, or all."""
        del next_token
        since = 0 if since_s is None else self._injector.now_ms() - since_s * 1000
        return self._answer([{"containerGroupId": group, "events": self._since(group, since)} for group in ids], None)

    def _since(self, group: str, since: int) -> list[dict[str, Any]]:
        return [event for event in self._api.events_of[group] if timestamps.parse(event["lastTimestamp"]) >= since]

    def _answer(self, items: list[dict[str, Any]], token: str | None) -> Page:
        fault = self._injector.begin("asks ECI")
        self._injector.fail_before(fault)
        self._injector.fail_after(fault)
        return Page(items, token)


def api_event(fact: workload.Fact) -> dict[str, Any]:
    """The event of `fact`, in the casing in which `eci_poller.api` returns it."""
    event = workload.event_of(fact, "api")
    return {f"{key[:1].lower()}{key[1:]}": value for key, value in event.items()}


def polled_event(fact: workload.Fact) -> dict[str, Any]:
    """The CloudEvent that the poller makes of `fact`."""
    names = workload.names_of(fact.entity)
    return {
        "specversion": "1.0",
        "source": "acs.eci",
        "type": fact.type,
        "aliyunregionid": names.region,
        "aliyunaccountid": names.account,
        "data": {**api_event(fact), "containerGroupId": names.container_group_id},
    }
