"""Who makes the resources of each type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.ros.errors import RosError

if TYPE_CHECKING:
    from yunmock.json_types import JsonObject
    from yunmock.ram.access import AccessControl

RAM = "ram"
KINDS: dict[str, str] = {
    "ALIYUN::OTS::InstanceV2": "tablestore",
    "ALIYUN::OTS::Table": "tablestore",
    "ALIYUN::MNS::Queue": "mns",
    "ALIYUN::EventBridge::Rule": "eventbridge",
    "ALIYUN::RAM::Role": RAM,
    "ALIYUN::RAM::ManagedPolicy": RAM,
    "ALIYUN::CMS::ResourceMetricRule": "",
}
"""The service of each type that a stack may have; empty for one that is kept in the stack and does nothing."""


class KeptOnly:
    """Takes resources that have no effect here: nothing measures the metrics of an alarm."""

    def make(self, kind: str, properties: JsonObject, region: str) -> None:
        """Do nothing: the stack has it."""

    def change(self, kind: str, properties: JsonObject, region: str) -> None:
        """Do nothing: the stack has it."""

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:
        """Do nothing: the stack no longer has it."""


class Roles:
    """Makes roles and policies; they are enforced only in a cloud that enforces roles (`local_cloud(roles=…)`)."""

    def __init__(self, access: AccessControl | None) -> None:
        self._access = access

    def make(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - the protocol's
        """Grant a role its policies, or attach a policy to roles.

        Raises:
            RosError: StackValidationFailed; a policy document is wrong.
        """
        if self._access is None:
            return
        documents = _documents(properties)
        try:
            for role in _roles(kind, properties):
                self._access.grant(role, str(properties.get("PolicyName") or ""), documents)
        except ValueError as error:
            raise RosError("StackValidationFailed", error) from None

    def change(self, kind: str, properties: JsonObject, region: str) -> None:
        """The same: a grant replaces the one of the same name."""
        self.make(kind, properties, region)

    def delete(self, kind: str, properties: JsonObject, region: str) -> None:  # noqa: ARG002 - as above
        """Take the role, or the attached policy, away."""
        for role in _roles(kind, properties) if self._access is not None else ():
            assert self._access is not None
            self._access.revoke(role, str(properties.get("PolicyName") or ""))


def _roles(kind: str, properties: JsonObject) -> list[str]:
    if kind == "ALIYUN::RAM::Role":
        return [str(properties["RoleName"])]
    named: Any = properties.get("Roles") or []
    return [str(each) for each in named]


def _documents(properties: JsonObject) -> list[Any]:
    policies: Any = properties.get("Policies") or []
    given = properties.get("PolicyDocumentUnchecked") or properties.get("PolicyDocument")
    return [*(policy["PolicyDocument"] for policy in policies), *([given] if given else [])]
