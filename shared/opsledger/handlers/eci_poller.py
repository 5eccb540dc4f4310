"""The handler of `functions/eci_poller`: every configured region, within one invocation's time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from opsledger import settings
from opsledger.eci_poller.api import EciApi
from opsledger.eci_poller.cursor import OvertakenError
from opsledger.eci_poller.poller import Poller
from opsledger.errors import WorldFailedError
from opsledger.handlers import invocation, log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.pipeline import Report
    from opsledger.settings import Settings
    from opsledger.strict_json import JsonValue


def handle(event: bytes | str, context: object) -> dict[str, JsonValue]:
    """Poll the regions one after the other; one that fails does not keep the others from being read.

    Returns:
        Totals over all regions; `finished` if every round is finished; `regions`, the numbers of each.

    Raises:
        WorldFailedError: a region failed; what was read is stored, and the next invocation resumes there.
    """
    configured = settings.read(context)
    request_id = invocation.request_id(context)
    deadline = invocation.deadline(context)
    store = invocation.open_store(configured)
    account = str(getattr(context, "account_id", "") or "") or None
    polled: list[dict[str, JsonValue]] = []
    failure = None

    def write_log(report: Report) -> None:
        log.deliveries(report.entries, request_id)

    for region in _regions(event, configured):
        api = EciApi(configured, region)
        poller = Poller(api, store, deadline, account=account, request_id=request_id, on_report=write_log)
        try:
            polled.append(poller.poll().to_json())
        except OvertakenError as error:
            log.write("overtaken", request_id=request_id, region=region, message=str(error))
        except WorldFailedError as error:
            log.failed(request_id, error, region=region)
            failure = failure or error
        else:
            log.write("polled", request_id=request_id, **polled[-1])
    if failure is not None:
        raise failure
    return _totals(polled)


def _totals(polled: Sequence[dict[str, JsonValue]]) -> dict[str, JsonValue]:
    numbers = [{n: v for n, v in one.items() if isinstance(v, int) and n != "finished"} for one in polled]
    names = sorted({name for one in numbers for name in one})
    totals: dict[str, JsonValue] = {name: sum(one.get(name, 0) for one in numbers) for name in names}
    return {**totals, "finished": all(one["finished"] for one in polled), "regions": polled}


def _regions(event: bytes | str, configured: Settings) -> tuple[str, ...]:
    """The regions that the timer's payload names, or those of the settings."""
    try:
        payload = json.loads(event)
        asked = json.loads(payload["payload"]) if isinstance(payload.get("payload"), str) else payload
        named = asked.get("regions")
    except (ValueError, TypeError, AttributeError, KeyError):
        named = None
    if isinstance(named, list) and all(isinstance(region, str) for region in named):
        return settings.regions(",".join(named)) or configured.regions
    return configured.regions
