"""Which permission each call of ROS needs: `ros:` and the call's name, on the stacks of the region.

https://www.alibabacloud.com/help/en/ros/api-liststacks, "Authorization information":
`acs:ros:<region>:<account>:stack/*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.ram.policy import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yunmock.cloud import Account


def asked(account: Account, name: str, sent: Mapping[str, str]) -> Iterator[Permission]:
    """The permission that a call needs."""
    stack = sent.get("StackId") or "*"
    yield Permission(f"ros:{name}", f"acs:ros:{sent.get('RegionId', '')}:{account.account_id}:stack/{stack}")
