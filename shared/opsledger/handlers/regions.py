"""What the pollers' handlers do alike: every configured region, each with a fair share of one invocation's time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Protocol

from opsledger import settings, timestamps
from opsledger.deadline import Deadline
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log
from opsledger.polling.cursor import OvertakenError
from opsledger.polling.rounds import RESERVE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsledger.pipeline import Report
    from opsledger.polling.rounds import Progress
    from opsledger.settings import Settings
    from opsledger.store import Store
    from opsledger.strict_json import JsonValue

    class RoundResult(Protocol):
        """The result of one invocation in one region."""

        @property
        def progress(self) -> Progress:
            """How far the round is."""

        def to_json(self) -> dict[str, JsonValue]:
            """As the answer and the log give it."""


MIN_SHARE_S = 20.0
"""A region gets at least so long, so where there are many, not every one gets a share of every invocation."""
ROTATION_MS = 60_000
"""The first region is another one in each minute, so that it is not always the same ones that get none."""
NOT_ADDED = ("finished", "invocation")
"""Numbers of a region that make no sense added up."""


class RegionTask(NamedTuple):
    """What a poller needs to go on in one region.

    Attributes:
        deadline: of this region's share.
        account: the account of the function, and so of what is polled.
        on_report: writes the log of what was recorded.
    """

    configured: Settings
    region: str
    store: Store
    deadline: Deadline
    account: str | None
    request_id: str
    on_report: Callable[[Report], None]


def poll(
    event: bytes | str, context: object, read: Callable[[RegionTask], RoundResult], line: str
) -> dict[str, JsonValue]:
    """Poll the regions; one that is slow or fails does not keep the others from being read.

    Args:
        read: polls one region, as far as its share of the time allows.
        line: the name of the log line of a region that was read.

    Returns:
        Totals over all regions; `finished` if every round is finished; `regions`, the numbers of each.

    Raises:
        WorldFailedError: a region failed; what was read is stored, and the next invocation resumes there.
    """
    polls = _Polls(settings.read(context), context, read, line)
    regions = _regions(event, polls.configured)
    unfinished = polls.run(_rotated(regions, polls.deadline.clock.now_ms()))
    polls.run(unfinished)  # with what the others left of the time
    if polls.failure is not None:
        raise polls.failure
    results = [polls.results[region] for region in regions if region in polls.results]
    return _totals(results, finished=polls.finished >= set(regions))


class _Polls:
    """The polls of one invocation.

    Attributes:
        results: what was read of each region.
        finished: the regions whose rounds are finished, or that another invocation reads.
        failure: the first one.
    """

    def __init__(
        self, configured: Settings, context: object, read: Callable[[RegionTask], RoundResult], line: str
    ) -> None:
        self.configured = configured
        self.deadline = invocation.deadline(context)
        self.results: dict[str, dict[str, JsonValue]] = {}
        self.finished: set[str] = set()
        self.failure: WorldFailedError | None = None
        self._read, self._line = read, line
        self._store: Store = invocation.open_store(configured)
        self._request_id = invocation.request_id(context)
        self._account = str(getattr(context, "account_id", "") or "") or None

    def run(self, regions: Sequence[str]) -> list[str]:
        """Poll each region once, for an equal share of the time that is left; return those that can go on."""
        unfinished: list[str] = []
        for place, region in enumerate(regions):
            remaining = self.deadline.remaining()
            if remaining <= RESERVE_S:
                return [*unfinished, *regions[place:]]
            share = max(MIN_SHARE_S, remaining / (len(regions) - place))
            result = self._poll(region, min(share, remaining))
            if result is not None and not result.progress.finished and result.progress.waits_until is None:
                unfinished.append(region)
        return unfinished

    def _poll(self, region: str, seconds: float) -> RoundResult | None:
        deadline = Deadline(self.deadline.clock, seconds)
        known = (self._store, deadline, self._account, self._request_id, self._write_log)
        try:
            result = self._read(RegionTask(self.configured, region, *known))
        except OvertakenError as error:
            self.finished.add(region)
            log.write("overtaken", request_id=self._request_id, region=region, message=str(error))
        except WorldFailedError as error:
            log.failed(self._request_id, error, region=region)
            self.failure = self.failure or error
        else:
            self._keep(region, result)
            return result
        return None

    def _keep(self, region: str, result: RoundResult) -> None:
        if result.progress.finished:
            self.finished.add(region)
        numbers = result.to_json()
        if result.progress.waits_until is not None:
            until = timestamps.show(result.progress.waits_until)
            log.write("waiting", request_id=self._request_id, region=region, until=until, reason=result.progress.reason)
        else:
            log.write(self._line, request_id=self._request_id, **numbers)
        self.results[region] = _added(self.results.get(region, {}), numbers)

    def _write_log(self, report: Report) -> None:
        log.deliveries(report.entries, self._request_id)


def _added(before: dict[str, JsonValue], numbers: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """The numbers of a region that was polled twice."""
    return {
        name: value + earlier
        if isinstance(value, int) and isinstance(earlier := before.get(name, 0), int) and name not in NOT_ADDED
        else value
        for name, value in numbers.items()
    }


def _totals(polled: Sequence[dict[str, JsonValue]], *, finished: bool) -> dict[str, JsonValue]:
    numbers = [{n: v for n, v in one.items() if isinstance(v, int) and n not in NOT_ADDED} for one in polled]
    names = sorted({name for one in numbers for name in one})
    totals: dict[str, JsonValue] = {name: sum(one.get(name, 0) for one in numbers) for name in names}
    return {**totals, "finished": finished, "regions": polled}


def _rotated(regions: tuple[str, ...], now_ms: int) -> tuple[str, ...]:
    start = now_ms // ROTATION_MS % len(regions) if regions else 0
    return (*regions[start:], *regions[:start])


def _regions(event: bytes | str, configured: Settings) -> tuple[str, ...]:
    """The regions that the timer's payload names, or those of the settings."""
    try:
        payload = json.loads(event)
        asked = json.loads(payload["payload"]) if isinstance(payload.get("payload"), str) else payload
        named = asked.get("regions")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        named = None
    if isinstance(named, list) and all(isinstance(region, str) for region in named):
        return settings.regions(",".join(named)) or configured.regions
    return configured.regions
