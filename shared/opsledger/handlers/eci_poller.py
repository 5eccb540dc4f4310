"""The handler of `functions/eci_poller`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from opsledger.eci_poller.api import EciApi
from opsledger.eci_poller.poller import Poller, SeenGroups
from opsledger.handlers import regions

if TYPE_CHECKING:
    from opsledger.eci_poller.poller import Polled
    from opsledger.handlers.regions import RegionTask
    from opsledger.strict_json import JsonValue

_seen: defaultdict[tuple[str, str, str], SeenGroups] = defaultdict(SeenGroups)
"""By endpoint, table prefix and region."""


def handle(event: bytes | str, context: object) -> dict[str, JsonValue]:
    """Poll the regions.

    Returns:
        As `regions.poll`.

    Raises:
        WorldFailedError: a region failed; what was read is stored, and the next invocation resumes there.
    """
    return regions.poll(event, context, _poll, "polled")


def _poll(task: RegionTask) -> Polled:
    configured = task.configured
    poller = Poller(
        EciApi(configured, task.region),
        task.store,
        task.deadline,
        account=task.account,
        request_id=task.request_id,
        on_report=task.on_report,
        seen=_seen[configured.endpoint, configured.prefix, task.region],
    )
    return poller.poll()
