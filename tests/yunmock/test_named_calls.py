"""Control calls by name: what is not of a parameter's type is refused when it is given, and nothing is kept of it."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest

from yunmock import local_cloud
from yunmock.control import NAMED, PREFIX, Control
from yunmock.http import Request
from yunmock.named_calls import TYPES, NamedCalls

WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("ecs/instance", {"instance_id": None}, "instance_id must be of type str"),
    ("ecs/instance", {}, "missing a required argument: 'instance_id'"),
    ("ecs/instance", {"id": "i-1"}, "missing a required argument"),
    ("ecs/create_instance", {"region": "cn-hangzhou", "name": ["web"]}, "name must be of type str"),
    ("ecs/create_instance", {"region": "cn-hangzhou", "name": "web", "at": 10**18}, "at must be of type Timestamp"),
    ("ecs/create_instance", {"region": "cn-hangzhou", "name": "web", "tags": {"a": 1}}, "tags must be of type Mapping"),
    ("ecs/lock_instance", {"instance_id": "i-1", "reasons": "Recycling"}, "reasons must be of type Sequence"),
    ("ecs/set_bus_delay", {"seconds": True}, "seconds must be of type float"),
    ("ecs/after", {"seconds": 1, "call": "instance", "instance_id": 5}, "instance_id must be of type str"),
    ("ecs/after", {"seconds": 1, "call": "instance", "name": "web"}, "missing a required argument"),
    ("eci/create_container_group", {"region": True, "name": "web"}, "region must be of type str"),
    ("eci/create_container_group", {"region": "r", "name": "web", "containers": [1]}, "containers must be of type"),
    ("cloudmonitor/remove_policy", {"name": {}}, "name must be of type str"),
]


def test_wrong_arguments_are_refused() -> None:
    """Over HTTP they are answered 400 with the parameter and its type; no instance, group or job comes of them."""
    cloud: Any = local_cloud()
    control = Control(cloud)
    for call, arguments, reason in WRONG:
        answer = control.handle(Request("POST", PREFIX + call, {}, json.dumps(arguments).encode()))
        assert (answer.status, reason in answer.body.decode()) == (400, True), (call, answer.body)

    assert (cloud.services["ecs"].list_instances(), cloud.services["eci"].list_container_groups()) == ([], [])
    assert list(cloud.scheduler) == []
    cloud.close()


@pytest.mark.parametrize("service", NAMED)
def test_the_types_of_all_parameters_are_known(service: str) -> None:
    """Each annotation of a call is in the table of types."""
    cloud = local_cloud()
    found: Any = cloud.services[service]
    assert isinstance(found, NamedCalls)
    kinds = {
        kind
        for call in found.calls
        for parameter in inspect.signature(getattr(found, call)).parameters.values()
        for kind in str(parameter.annotation).split(" | ")
    }

    assert kinds <= TYPES.keys()
    cloud.close()
