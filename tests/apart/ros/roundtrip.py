"""A program with the vendor's SDK for ROS: it makes, changes and deletes a stack, and prints what it got as JSON.

It runs in an environment that has the SDK and nothing of this project. `ROS_ENDPOINT` is the server's address,
`TEMPLATE` the file with the template.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from alibabacloud_ros20190910 import models
from alibabacloud_ros20190910.client import Client
from alibabacloud_tea_openapi.utils_models import Config

REGION = "cn-hangzhou"
ACTION = re.compile(r"action = '(\w+)'")
BODY = Path(os.environ["TEMPLATE"]).read_text(encoding="utf-8")


def client() -> Any:
    """A client for the server."""
    return Client(
        Config(
            access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            endpoint=os.environ["ROS_ENDPOINT"],
            protocol="http",
            region_id=REGION,
        )
    )


def settled(ros: Any, stack: str) -> Any:
    """The stack as GetStack shows it once nothing is in progress."""
    while True:
        body = ros.get_stack(models.GetStackRequest(region_id=REGION, stack_id=stack)).body
        if not body.status.endswith("IN_PROGRESS"):
            return body
        time.sleep(0.2)


def delivery(value: str, kind: Any) -> list[Any]:
    """The parameter Delivery."""
    return [kind(parameter_key="Delivery", parameter_value=value)]


def main() -> None:
    """Print what the server answered, and which calls the SDK has."""
    ros = client()
    checked = ros.validate_template(models.ValidateTemplateRequest(region_id=REGION, template_body=BODY)).body
    preview = models.PreviewStackRequest(region_id=REGION, stack_name="opsledger", template_body=BODY)
    planned = ros.preview_stack(preview).body.stack.resources
    triggers = delivery("triggers", models.CreateStackRequestParameters)
    asked = models.CreateStackRequest(region_id=REGION, stack_name="opsledger", template_body=BODY, parameters=triggers)
    stack = ros.create_stack(asked).body.stack_id
    made = settled(ros, stack)
    stacks = ros.list_stacks(models.ListStacksRequest(region_id=REGION)).body.stacks
    text = ros.get_template(models.GetTemplateRequest(region_id=REGION, stack_id=stack)).body.template_body
    rules = delivery("rules", models.UpdateStackRequestParameters)
    change = models.UpdateStackRequest(region_id=REGION, stack_id=stack, template_body=BODY, parameters=rules)
    ros.update_stack(change)
    updated = settled(ros, stack)
    try:
        ros.update_stack(change)
        same = None
    except Exception as error:  # noqa: BLE001 - the SDK's errors share no other base
        same = [getattr(error, "code", None), str(getattr(error, "message", ""))]
    resources = ros.list_stack_resources(models.ListStackResourcesRequest(region_id=REGION, stack_id=stack)).body
    ros.delete_stack(models.DeleteStackRequest(region_id=REGION, stack_id=stack))
    deleted = settled(ros, stack)
    result = {
        "calls": sorted(set(ACTION.findall(inspect.getsource(Client)))),
        "parameters": [each["ParameterKey"] for each in checked.parameters],
        "made": [made.status, {each["OutputKey"]: each["OutputValue"] for each in made.outputs}["RolePrefix"]],
        "planned": len(planned),
        "listed": [each.stack_name for each in stacks],
        "template": sorted(json.loads(text)),
        "updated": updated.status,
        "same": same,
        "rules": sorted(
            each.physical_resource_id for each in resources.resources if each.resource_type.endswith("::Rule")
        ),
        "deleted": deleted.status,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
