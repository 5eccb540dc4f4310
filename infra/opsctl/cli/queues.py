"""Our queues and tables: in the local cloud, or in the account that the environment names."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opsctl.cli import endpoints, local
from opsctl.cli.tables import open_remote
from opsctl.ros.queues import FAILED, NAMES, UNDELIVERED
from opsledger import settings
from opsledger.errors import MisconfiguredError
from opsledger.queues.client import SmqQueue
from opsledger.settings import AccessKeys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from opsledger.queues import Queue
    from opsledger.store import Store

ARNS = {FAILED: "OPSLEDGER_FAILURE_QUEUE", UNDELIVERED: "OPSLEDGER_DEAD_LETTER_QUEUE"}
"""The variable that says where a queue is, if it is not in the account and region of the other variables."""
FORM = "acs:mns:{region}:{account}:/queues/{name}/messages"


@contextmanager
def open_queues(data: Path, named: Sequence[str], *, remote: bool) -> Iterator[tuple[list[Queue], Store]]:
    """Open queues, and the tables that their events belong in.

    Args:
        data: the folder with the local cloud's state.
        named: the queues, by name or ARN; ours if there are none.
        remote: the real service, instead of the local cloud.

    Raises:
        MisconfiguredError: a variable is missing or wrong, or a name is no queue's.
    """
    if remote:
        keys = AccessKeys(*endpoints.credentials())
        address = settings.address(settings.variable("MNS_ENDPOINT"))
        yield [SmqQueue(_arn(name), keys, address) for name in named or NAMES], open_remote()
        return
    with local.local(data) as here:
        account = here.cloud.account
        keys = AccessKeys(account.access_key_id, account.access_key_secret)
        place = {"region": account.region, "account": account.account_id}
        arns = [name if ":" in name else FORM.format(name=name, **place) for name in named or NAMES]
        yield [SmqQueue(arn, keys) for arn in arns], here.store


def _arn(name: str) -> str:
    if ":" in name:
        return name
    if name in ARNS and (arn := settings.variable(ARNS[name])):
        return arn
    place = {"account": settings.variable(endpoints.ACCOUNT), "region": settings.variable(endpoints.REGION)}
    missing = [variable for variable in (endpoints.ACCOUNT, endpoints.REGION) if not settings.variable(variable)]
    if missing:
        raise MisconfiguredError(f"--remote needs {' and '.join(missing)}, or the ARN of the queue {name!r}")
    return FORM.format(name=name, **place)
