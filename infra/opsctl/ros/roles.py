"""The template's roles, in the form that yunmock enforces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsctl.ros.template import Properties, RosTemplate


def policies(template: RosTemplate) -> dict[str, list[Properties]]:
    """Return the policy documents of each role, by the role's name: `yunmock.local_cloud(roles=…)` takes them."""
    roles = {
        str(role["RoleName"]): [policy["PolicyDocument"] for policy in role["Policies"]]
        for role in template.of_type("ALIYUN::RAM::Role").values()
    }
    for policy in template.of_type("ALIYUN::RAM::ManagedPolicy").values():
        for name in policy["Roles"]:
            roles[name].append(policy["PolicyDocument"])
    return roles
