"""The real account: Resource Orchestration Service, Function Compute, and the command `s` of Serverless Devs.

API: https://alibabacloud.com/help/en/ros/developer-reference/api-ros-2019-09-10-createstack and
https://alibabacloud.com/help/en/functioncompute/fc-3-0/developer-reference/api-fc-2023-03-30-listlayerversions. That an
update which changes nothing is refused with NotSupported: the vendor's own tool looks for it
(https://github.com/aliyun/Resource-Orchestration-Service-Cloud-Development-Kit).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

from opsctl.deploy.account import DeployedStack, LayerVersion
from opsctl.deploy.rest import ExplainedClient, RestClient
from opsctl.errors import ToolError
from opsledger.errors import StoreRefusedError
from opsledger.rpc import RpcService, objects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from opsledger.settings import AccessKeys
    from opsledger.strict_json import JsonObject

ROS = RpcService("ROS", "2019-09-10", "ros.aliyuncs.com")
FUNCTION_COMPUTE = RpcService("Function Compute", "2023-03-30", "fcv3.{region}.aliyuncs.com")
DELETED = "DELETE_COMPLETE"
UNCHANGED = "NotSupported"
WAIT_S = 3
PAGE = 50
COMMAND = "s"
CREDENTIALS = "default_serverless_devs_key"
"""Where Serverless Devs looks for credentials that no `s config add` has stored
(https://www.github.com/Serverless-Devs/Serverless-Devs/blob/master/docs/zh/tool.md)."""


class RemoteAccount:
    """One region of the account that the keys belong to.

    Args:
        addresses: the address of ROS and of Function Compute, where they are not the region's own.
    """

    def __init__(self, region: str, keys: AccessKeys, addresses: Mapping[str, str]) -> None:
        self._region, self._keys = region, keys
        self._ros = ExplainedClient(ROS, region, keys, addresses.get("ROS_ENDPOINT", ""))
        self._functions = RestClient(FUNCTION_COMPUTE, region, keys, addresses.get("FC_ENDPOINT", ""))

    def stack(self, name: str) -> DeployedStack | None:
        """The stack of this name, None if there is none."""
        found = objects(self._ros.call("ListStacks", {"RegionId": self._region, "StackName": [name]}).get("Stacks"))
        ids = [str(each["StackId"]) for each in found if each.get("Status") != DELETED]
        if not ids:
            return None
        shown = self._ros.call("GetStack", {"RegionId": self._region, "StackId": ids[0]})
        return DeployedStack(
            ids[0],
            str(shown.get("Status")),
            str(shown.get("StatusReason") or ""),
            _pairs(shown, "Parameter"),
            _pairs(shown, "Output"),
        )

    def create_stack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        """Begin to make a stack."""
        self._ros.call("CreateStack", self._asked(parameters, StackName=name), {"TemplateBody": template})

    def update_stack(self, stack: DeployedStack, template: str, parameters: Mapping[str, str]) -> bool:
        """Begin to change a stack; parameters that are not given keep their values. False if nothing would change."""
        asked = self._asked(parameters, StackId=stack.id, UsePreviousParameters=True)
        try:
            self._ros.call("UpdateStack", asked, {"TemplateBody": template})
        except StoreRefusedError as error:
            if f" with {UNCHANGED}:" in str(error):
                return False
            raise
        return True

    def delete_stack(self, stack: DeployedStack) -> None:
        """Begin to delete a stack; what its template retains stays."""
        self._ros.call("DeleteStack", {"RegionId": self._region, "StackId": stack.id})

    def layer_versions(self, name: str) -> Sequence[LayerVersion]:
        """The versions of a layer, the newest first; empty if there is none."""
        found: list[LayerVersion] = []
        place = ""
        while True:
            query = {"limit": str(PAGE), **({"startVersion": place} if place else {})}
            answer = self._functions.request("ListLayerVersions", "GET", f"/layers/{name}/versions", query)
            found += [_version(each) for each in objects(answer.get("layers"))]
            place = str(answer.get("nextVersion") or "")
            if not place:
                return sorted(found, key=lambda version: -version.number)

    def publish_layer(self, name: str, archive: Path, description: str, runtime: str) -> LayerVersion:
        """Publish a version of a layer."""
        body: JsonObject = {
            "code": {"zipFile": base64.b64encode(archive.read_bytes()).decode()},
            "compatibleRuntime": [runtime],
            "description": description,
        }
        return _version(self._functions.request("CreateLayerVersion", "POST", f"/layers/{name}/versions", {}, body))

    def delete_layer(self, version: LayerVersion) -> None:
        """Delete a version of a layer."""
        name = version.arn.rpartition("/versions/")[0].rpartition("/")[2]
        self._functions.request("DeleteLayerVersion", "DELETE", f"/layers/{name}/versions/{version.number}", {})

    def serverless_devs(self, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        """Run `s` with these arguments and variables, with its output on the terminal.

        Raises:
            ToolError: it is not installed, or fails.
        """
        program = shutil.which(COMMAND)
        if program is None:
            raise ToolError(
                "there is no command `s`: install Serverless Devs with `npm install -g @serverless-devs/s`, then run "
                "this again: what is deployed so far is kept"
            )
        keys = {
            "AccountID": variables.get("ALIBABA_CLOUD_ACCOUNT_ID", ""),
            "AccessKeyID": self._keys.key_id,
            "AccessKeySecret": self._keys.secret,
            **({"SecurityToken": self._keys.token} if self._keys.token else {}),
        }
        environment = {**os.environ, **variables, CREDENTIALS: json.dumps(keys)}
        done = subprocess.run([program, *arguments], env=environment, check=False)  # noqa: S603 - the user's own `s`
        if done.returncode != 0:
            raise ToolError(f"`s {arguments[0]}` ended with exit code {done.returncode}; its output says why")

    def wait(self) -> None:
        """Wait a little before something is looked at again."""
        time.sleep(WAIT_S)

    def _asked(self, parameters: Mapping[str, str], **others: object) -> dict[str, object]:
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        return {"RegionId": self._region, "Parameters": given, **others}


def _pairs(shown: JsonObject, kind: str) -> dict[str, str]:
    return {str(each[f"{kind}Key"]): str(each.get(f"{kind}Value")) for each in objects(shown.get(f"{kind}s"))}


def _version(layer: Any) -> LayerVersion:
    return LayerVersion(str(layer["layerVersionArn"]), int(layer["version"]), str(layer.get("description") or ""))
