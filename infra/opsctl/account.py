"""What is wrong with an account, rather than with a file: instances that nobody hears of, or that nobody owns.

Sources, under help.aliyun.com/document_detail: DescribeRegions (25609.html), DescribeInstances (25506.html),
DescribeInstanceMaintenanceAttributes (150088.html; `NotifyOnMaintenance`: whether a notification is sent before
maintenance, off by default). Which clusters send their events to EventBridge is in no API that was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import rpc
from opsledger.errors import WorldFailedError
from opsledger.ledger import resources
from opsledger.rpc import ECS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from fc3lint import DeployedTarget
    from opsledger.rpc import RpcClient
    from opsledger.strict_json import JsonObject

    Targets = Callable[[str], Sequence[DeployedTarget] | None]

PAGE_ROWS: Final = 100
SHOWN: Final = 5
"""Instances that a finding names."""
FUNCTION: Final = "opsledger-ecs-events"
WARNING: Final = "warning"
CHECKS: Final = {
    "no-owner": ("instances without the tag that names their owner", "no route leads to the people who own them"),
    "notify-off": ("instances with `NotifyOnMaintenance` off", "ECS sends no notification before their maintenance"),
    "no-rule": ("a region with instances and no rule that leads to `ecs-events`", "nothing that happens there arrives"),
    "not-asked": ("a region or its rules cannot be looked at", "what is wrong there is not known"),
}
"""Each code of a finding: the problem, and what happens because of it."""


class AccountFinding(NamedTuple):
    """One problem of a region.

    Attributes:
        code: one of `CHECKS`.
        instances: those concerned, at most `SHOWN`.
    """

    region: str
    code: str
    message: str
    fix: str
    instances: tuple[str, ...] = ()

    @property
    def severity(self) -> str:
        """Always a warning: it may be meant so."""
        return WARNING

    def to_json(self) -> JsonObject:
        """The fields and the severity, for `--json`."""
        return {**self._asdict(), "instances": [*self.instances], "severity": self.severity}

    def __str__(self) -> str:
        return f"{self.region}: {self.severity}: {self.message} [{self.code}]\n    {self.fix}"


class EcsAccount:
    """The instances of an account, in every region."""

    def __init__(self, client: Callable[[str], RpcClient], home: str) -> None:
        """Take a client for each region.

        Args:
            home: the region to ask for the others.
        """
        self._client, self.home = client, home

    def regions(self) -> list[str]:
        """The regions that the account may use.

        Raises:
            WorldFailedError: the call failed.
        """
        body = self._client(self.home).call("DescribeRegions", {"RegionId": self.home})
        return [str(row["RegionId"]) for row in rpc.rows(body, ("Regions", "Region"), ECS.title) if row.get("RegionId")]

    def instances(self, region: str) -> Iterator[JsonObject]:
        """The instances of a region, as DescribeInstances gives them.

        Raises:
            WorldFailedError: a call failed.
        """
        token: str | None = None
        while True:
            query = {"RegionId": region, "MaxResults": PAGE_ROWS, "NextToken": token}
            body = self._client(region).call("DescribeInstances", query)
            yield from rpc.rows(body, ("Instances", "Instance"), ECS.title)
            token = rpc.next_token(body.get("NextToken"), token, ECS.title)
            if token is None:
                return

    def not_notified(self, region: str) -> Iterator[str]:
        """The ids of the instances of a region of which ECS does not notify before maintenance.

        Raises:
            WorldFailedError: a call failed.
        """
        number = 1
        while True:
            query = {"RegionId": region, "PageNumber": number, "PageSize": PAGE_ROWS}
            body = self._client(region).call("DescribeInstanceMaintenanceAttributes", query)
            rows = rpc.rows(body, ("MaintenanceAttributes", "MaintenanceAttribute"), ECS.title)
            yield from (str(row.get("InstanceId")) for row in rows if not row.get("NotifyOnMaintenance"))
            if len(rows) < PAGE_ROWS:
                return
            number += 1


def findings(account: EcsAccount, targets: Targets, owner_tag: str) -> list[AccountFinding]:
    """Everything that is wrong with the regions that have instances.

    Args:
        targets: the targets of the rules on a region's bus `default`; None where they cannot be asked for.
        owner_tag: the key of the tag whose value is an instance's owner.
    """
    try:
        regions = account.regions()
    except WorldFailedError as error:
        return [_not_asked(account.home, error)]
    return [found for region in regions for found in _of_region(account, region, targets, owner_tag)]


def _of_region(account: EcsAccount, region: str, targets: Targets, owner_tag: str) -> Iterator[AccountFinding]:
    try:
        everything, unowned = _Named(), _Named()
        for row in account.instances(region):
            instance = resources.of_instance(row, 0, owner_tag)
            if instance is not None:
                everything.add(instance.id)
                unowned.add(*(() if instance.owner else (instance.id,)))
        if everything.number:
            yield from _unowned(region, unowned, everything, owner_tag)
            yield from _not_notified(region, _Named.of(account.not_notified(region)), everything)
            yield from _without_rule(region, targets(region), everything)
    except WorldFailedError as error:
        yield _not_asked(region, error)


def _not_asked(region: str, error: WorldFailedError) -> AccountFinding:
    message = f"the instances cannot be looked at: {error}"
    return AccountFinding(region, "not-asked", message, "See whether your key may read ECS and EventBridge there.")


class _Named:
    """Instances, counted, of which the first are named."""

    def __init__(self) -> None:
        self.number = 0
        self.first: tuple[str, ...] = ()

    def add(self, *ids: str) -> None:
        """Count ids; they may be those of resources."""
        self.number += len(ids)
        self.first = (*self.first, *(id_.rpartition(":")[2] for id_ in ids))[:SHOWN]

    @classmethod
    def of(cls, ids: Iterable[str]) -> _Named:
        """All of them."""
        made = cls()
        for id_ in ids:
            made.add(id_)
        return made

    def among(self, all_of_them: _Named) -> str:
        """How many they are, and the first of them, in words."""
        named = ", ".join(self.first) + (" …" if self.number > len(self.first) else "")
        return f"{self.number} of {all_of_them.number} instances ({named})"


def _unowned(region: str, found: _Named, everything: _Named, tag: str) -> Iterator[AccountFinding]:
    if found.number:
        message = f"{found.among(everything)} have no tag {tag!r}, so nobody owns what happens to them"
        fix = f"Tag them, or name the tag that your team uses in OPSLEDGER_OWNER_TAG (now {tag!r})."
        yield AccountFinding(region, "no-owner", message, fix, found.first)


def _not_notified(region: str, found: _Named, everything: _Named) -> Iterator[AccountFinding]:
    if found.number:
        message = (
            f"{found.among(everything)} have NotifyOnMaintenance off: ECS sends no notification before maintenance"
        )
        ids = " ".join(f"--InstanceId.{number} {id_}" for number, id_ in enumerate(found.first, start=1))
        call = f"aliyun ecs ModifyInstanceMaintenanceAttributes --RegionId {region} {ids} --NotifyOnMaintenance true"
        yield AccountFinding(region, "notify-off", message, f"Turn it on: {call}", found.first)


def _without_rule(
    region: str, targets: Sequence[DeployedTarget] | None, everything: _Named
) -> Iterator[AccountFinding]:
    if targets is None:
        message = f"the rules of a region with {everything.number} instances cannot be asked for"
        yield AccountFinding(region, "not-asked", message, "Unset EVENTBRIDGE_ENDPOINT, which names one region.")
    elif not any(target.enabled and FUNCTION in target.endpoint for target in targets):
        message = (
            f"{everything.number} instances ({', '.join(everything.first)}), and no rule that delivers their events"
        )
        fix = f"Deploy the stack and s.yaml there too: OPSLEDGER_REGION={region} (docs/deploy.md)."
        yield AccountFinding(region, "no-rule", message, fix, everything.first)
