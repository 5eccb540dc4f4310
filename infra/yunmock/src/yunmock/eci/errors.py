"""The error of the control interface of ECI.

The pages of DescribeContainerGroups and DescribeContainerGroupEvents list no codes and refer to the error centre, so
the calls refuse with the codes common to RPC APIs (`yunmock.rpc.errors`).
"""

from __future__ import annotations


class ContainerGroupNotFoundError(KeyError):
    """The control interface was given an id that no container group has, or no longer has."""

    def __init__(self, group_id: str) -> None:
        super().__init__(f"there is no container group {group_id!r}")
