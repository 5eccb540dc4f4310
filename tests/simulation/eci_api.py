"""The simulated ECI API: container groups and their events, two groups a page, with injected faults.

The world moves before a poll begins and while it is interrupted: groups change their status or are deleted, and page
tokens may become invalid. A group that has ended stays so. Whenever a poll begins, the first page has groups without
events; they can be deleted, also between two pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulation import workload
from tests.simulation.fault_injector import ASKS_ECI, SimulatedCrash
from tests.simulation.schedule import PollJob

from opsledger import timestamps
from opsledger.rpc import Page, TokenRefusedError

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from tests.simulation.fault_injector import FaultInjector
    from tests.simulation.schedule import Schedule

    from opsledger.strict_json import JsonObject

REGION = workload.names_of("0").region
ACCOUNT = workload.names_of("0").account
PAGE_GROUPS = 2
VANISHED = "Vanished"
UNKNOWN_STATUS = "Hibernating"
"""The catalogue lacks it."""
WITHOUT_EVENTS = "eci-00000000000000000"
"""The ids of groups without events begin with this."""
MOST_CALLS = 150
"""An invocation makes fewer calls, however its page tokens are refused."""
REFUSING_MOVES = 24
"""Page tokens become invalid in so many moves of the world; for half an hour, once."""
_STATUSES = ("Running", "Pending", "Restarting")
_ENDED = "Succeeded"
_NEXT = (*_STATUSES, *_STATUSES, _ENDED, _ENDED, _ENDED, UNKNOWN_STATUS)


class SimulatedEciApi:
    """The container groups of a schedule and their events, as ECI lists them.

    Attributes:
        groups: the status of each group that exists.
        history: every status that a group has had, first to last; `Vanished` is the last of one that was deleted.
        moves: whether groups are deleted while a poll reads them.
    """

    def __init__(self, schedule: Schedule) -> None:
        names = {entity: workload.names_of(entity).container_group_id for entity in sorted(schedule.polled)}
        self.groups = {group: _STATUSES[int(entity) % len(_STATUSES)] for entity, group in names.items()}
        self.moves = True
        self.history = {group: [status] for group, status in self.groups.items()}
        self.events_of: dict[str, list[dict[str, Any]]] = {group: [] for group in self.groups}
        self._moves = self._tokens = self._created = 0
        self._refused_until_s = 0.0
        for fact in dict.fromkeys(fact for job in schedule.jobs if isinstance(job, PollJob) for fact in job.facts):
            self.events_of[names[fact.entity]].append(api_event(fact))

    def create(self) -> None:
        """Fill the first page with groups without events: where one is deleted later, the second page skips a group."""
        while not all(map(_may_be_deleted, list(self.groups)[:PAGE_GROUPS])):
            self.groups = {self._new(): _STATUSES[0], **self.groups}

    def move(self, rng: random.Random, now_s: float) -> None:
        """Let some groups change, or be deleted, and some tokens become invalid; perhaps once all for half an hour."""
        for group in list(self.groups):
            chance, ended = rng.random(), self.groups[group] == _ENDED
            if chance < (0.4 if ended else 0.2) and _may_be_deleted(group):
                self._delete(group)
            elif chance < 0.5 and not ended:
                self._change(group, rng.choice(_NEXT))
        self._moves += 1
        refused, refused_for_long = rng.random() < 0.3, rng.random() < 0.05
        if self._moves <= REFUSING_MOVES:  # as every fault, this ends
            self._tokens += refused
            if refused_for_long and not self._refused_until_s:
                self._refused_until_s = now_s + 1800

    def turn_page(self, rng: random.Random) -> None:
        """Perhaps let a group be deleted between two pages, and another one be created behind the others."""
        group = next(filter(_may_be_deleted, self.groups), None)
        if group is not None and self.moves and rng.random() < 0.4:
            self._delete(group)
            self.groups[self._new()] = _STATUSES[0]

    def token(self, end: int) -> str:
        """The token of the page that begins at `end`."""
        return f"{self._tokens}:{end}"

    def position(self, token: str, now_s: float) -> int:
        """Where a token's page begins.

        Raises:
            TokenRefusedError: it has become invalid.
        """
        tokens, _, place = token.partition(":")
        if int(tokens) != self._tokens or now_s < self._refused_until_s:
            raise TokenRefusedError("simulated")
        return int(place)

    def _new(self) -> str:
        self._created += 1
        group = f"{WITHOUT_EVENTS}{self._created:03}"
        self.history[group], self.events_of[group] = [_STATUSES[0]], []
        return group

    def _delete(self, group: str) -> None:
        del self.groups[group]
        self.history[group].append(VANISHED)

    def _change(self, group: str, status: str) -> None:
        if status != self.groups[group]:
            self.groups[group] = status
            self.history[group].append(status)


class FaultyEciClient:
    """A client of the API for one invocation: calls may fail, and the process may die between pages.

    Args:
        timeout_s: the invocation's time; the platform ends it then, so no call may be made after.
    """

    region = REGION

    def __init__(self, api: SimulatedEciApi, injector: FaultInjector, timeout_s: float) -> None:
        self._api, self._injector = api, injector
        self._ends = injector.monotonic() + timeout_s
        self._calls = 0

    def container_groups(self, *, next_token: str | None = None, ids: Sequence[str] = ()) -> Page:
        """A page of groups; of those that are asked for by id, half may be missing until the next page."""
        fault = self._begin()
        if next_token and not ids:
            self._api.turn_page(self._injector.environment.rng)
        start = self._api.position(next_token, self._injector.monotonic()) if next_token else 0
        names = [name for name in self._api.groups if name in ids] if ids else list(self._api.groups)
        listed = [_described(name, self._api.groups[name]) for name in names]
        end = start + (max(PAGE_GROUPS, (len(ids) + 1) // 2) if ids else PAGE_GROUPS)
        token = self._api.token(end) if end < len(listed) else None
        self._end(fault)
        return Page(listed[start:end], token)

    def events(self, ids: Sequence[str], *, since_s: int | None, next_token: str | None = None) -> Page:
        """The events of these groups so far, those in the last `since_s` seconds, or all."""
        del next_token
        fault = self._begin()
        since = 0 if since_s is None else self._injector.now_ms() - since_s * 1000
        items: list[JsonObject] = [{"containerGroupId": name, "events": self._since(name, since)} for name in ids]
        self._end(fault)
        return Page(items, None)

    def _since(self, group: str, since: int) -> list[dict[str, Any]]:
        until = self._injector.now_ms()
        return [e for e in self._api.events_of[group] if since <= timestamps.parse(e["lastTimestamp"]) <= until]

    def _end(self, fault: str) -> None:
        """What was read may be old when the answer arrives."""
        if fault == "slow":
            self._injector.pause()
        self._injector.fail_after(fault)

    def _begin(self) -> str:
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise AssertionError(f"ECI was called more than {MOST_CALLS} times in one invocation")
        if self._injector.monotonic() > self._ends:
            if self._injector.environment.schedule.workers > 1 or self._injector.faults:
                raise SimulatedCrash  # other workers, or repeated calls, took the time
            raise AssertionError("ECI was called after the end of the invocation's time")
        fault = self._injector.begin(ASKS_ECI)
        self._injector.environment.seconds += self._injector.environment.schedule.eci_call_s
        self._injector.fail_before(fault)
        return fault


def _may_be_deleted(group: str) -> bool:
    return group.startswith(WITHOUT_EVENTS)


def _described(name: str, status: str) -> JsonObject:
    return {"containerGroupId": name, "status": status}


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
