"""Every event name (reason) of Elastic Container Instance, with the messages it comes with.

One row for each name; one file for each section of the vendor's page ("ECI events", help.aliyun.com/zh/eci).
The first wording of each message is the Chinese page's English text, which is what the service sends; the
wordings of the English and the Japanese page follow it, so that a message quoted from either is
recognised too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from opsledger.catalog.eci.reasons import data_cache, image_cache, instance, maintenance, resources, virtual_node
from opsledger.catalog.eci.reasons.reason import MODULES, EciReason, KubernetesType, Module

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MODULES", "REASONS", "REASONS_BY_NAME", "SAMPLE_VALUES", "EciReason", "KubernetesType", "Module"]

REASONS: Final[tuple[EciReason, ...]] = (
    *instance.REASONS,
    *image_cache.REASONS,
    *data_cache.REASONS,
    *virtual_node.REASONS,
    *resources.REASONS,
    *maintenance.REASONS,
)
"""Every row, in the order of the page."""

REASONS_BY_NAME: Final[Mapping[str, EciReason]] = MappingProxyType({row.reason: row for row in REASONS})
"""The row of an event's `reason`; the names are case-sensitive."""

SAMPLE_VALUES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "available_copies": "2",
        "cause": "the dependent resource is not ready",
        "config_name": "logstore",
        "config_value": "Bad_Name!",
        "container_group_id": "eci-bp1example0000000000",
        "copy": "2",
        "detail": "Please try another zone or instance type",
        "disk_id": "d-bp1example0000000000",
        "eip_id": "eip-bp1example0000000000",
        "error_code": "121",
        "flow_control_type": "user",
        "image_accelerate_mode": "imc",
        "image_cache_id": "imc-bp1example0000000000",
        "instance_type": "ecs.c6.large",
        "instance_types": "ecs.c6.large, ecs.c6.xlarge",
        "item": "ECI",
        "minutes": "3",
        "nfs_server": "172.16.0.1",
        "origin_message": "Redeploy",
        "origin_reason": "Redeploy",
        "param_name": "ContainerGroupName",
        "permission": "eci:CreateContainerGroup",
        "pid": "15848",
        "plan_exec_time": "2019-03-12T09:00:00.000+08:00",
        "process": "java",
        "quota_scope": "cn-hangzhou-h",
        "score": "337",
        "security_group_id": "sg-bp1example0000000000",
        "size_limit": "30Gi",
        "snapshot_id": "s-bp1example0000000000",
        "spot_spec": "ecs.c6.large",
        "storage_size": "100Gi",
        "target": "eci-bp1example0000000000",
        "total_copies": "3",
        "total_gb": "40",
        "used_gb": "12",
        "vswitch_id": "vsw-bp1example0000000000",
        "zone": "cn-hangzhou-h",
    }
)
"""A sample of each value that a message names, in the form that the service uses."""
