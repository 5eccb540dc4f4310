"""A plausible value for each name that stands in an ECI message, to make sample messages of."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from opsledger.catalog.templates import fill

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog.templates import Template

__all__ = ["SAMPLE_VALUES", "sample_message"]

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
"""Name of a value → a sample of it, in the form the service uses; identifiers say that they are examples."""


def sample_message(template: Template) -> str:
    """A message in the wording of `template`: the vendor's own example where there is one."""
    if template.example is not None:
        return template.example
    return fill(template, {name: SAMPLE_VALUES[name] for name in template.params})
