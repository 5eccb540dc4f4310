"""What the poller's `index.py` hands to Function Compute: every configured region, within one invocation's time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from opsledger import settings
from opsledger.eci_poller.api import EciApi
from opsledger.eci_poller.poller import OvertakenError, Poller
from opsledger.errors import WorldFailedError
from opsledger.handlers import events, log

if TYPE_CHECKING:
    from opsledger.pipeline import Report
    from opsledger.settings import Settings


def handle(event: bytes | str, context: Any) -> dict[str, Any]:
    """Poll the regions one after the other; one that fails does not keep the others from being read.

    Returns:
        Counts over all regions, `finished` when every region's round came to its end, and `regions`, each by itself.

    Raises:
        WorldFailedError: a region failed; what was read is stored, and the next invocation goes on from there.
    """
    told = settings.read(context)
    request_id = events.request_id(context)
    deadline = events.deadline(context)
    store = events.open_store(told)
    account = str(getattr(context, "account_id", "") or "") or None
    done, failure = [], None

    def write_log(report: Report) -> None:
        log.deliveries(report.entries, request_id)

    for region in _regions(event, told):
        poller = Poller(
            EciApi(told, region), store, deadline, account=account, request_id=request_id, on_report=write_log
        )
        try:
            done.append(poller.poll().to_json())
        except OvertakenError as error:
            log.write("overtaken", request_id=request_id, region=region, message=str(error))
        except WorldFailedError as error:
            log.write("failed", request_id=request_id, region=region, error=type(error).__name__, message=str(error))
            failure = failure or error
        else:
            log.write("polled", request_id=request_id, **done[-1])
    if failure is not None:
        raise failure
    numbers = {name for one in done for name, value in one.items() if isinstance(value, int)} - {"finished"}
    totals: dict[str, Any] = {name: sum(one.get(name, 0) for one in done) for name in sorted(numbers)}
    return {**totals, "finished": all(one["finished"] for one in done), "regions": done}


def _regions(event: bytes | str, told: Settings) -> tuple[str, ...]:
    """The regions that the timer's payload names, or those of the settings."""
    try:
        payload = json.loads(event)
        asked = json.loads(payload["payload"]) if isinstance(payload.get("payload"), str) else payload
        named = asked.get("regions")
    except (ValueError, TypeError, AttributeError, KeyError):
        named = None
    if isinstance(named, list) and all(isinstance(region, str) for region in named):
        return settings.regions(",".join(named)) or told.regions
    return told.regions
