"""CreateLayerVersion, ListLayerVersions, GetLayerVersion, DeleteLayerVersion, ListLayers.

https://alibabacloud.com/help/en/functioncompute/api-fc-2023-03-30-struct-layer and the pages of the calls.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from yunmock.exact_json import read_json
from yunmock.fc.calls.functions import Parts, limit_of
from yunmock.fc.errors import FunctionComputeError
from yunmock.fc.wire import answer
from yunmock.http import Response

if TYPE_CHECKING:
    from yunmock.fc.layers import LayerVersion
    from yunmock.fc.state import FunctionComputeState
    from yunmock.http import Request
    from yunmock.json_types import JsonObject

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}")
MAX_RUNTIMES = 20

_VERSION = re.compile(r"[0-9]{1,18}")


def create_layer_version(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """CreateLayerVersion, from an archive in the request.

    Raises:
        FunctionComputeError: InvalidArgument.
    """
    name, given = parts["layer"], _body(request)
    if not NAME.fullmatch(name):
        raise FunctionComputeError("InvalidArgument", f"LayerName is expected to match {NAME.pattern}")
    code, runtimes = given.get("code"), given.get("compatibleRuntime") or []
    if not isinstance(code, dict) or not isinstance(code.get("zipFile"), str):
        raise FunctionComputeError("InvalidArgument", "yunmock takes a layer's code from code.zipFile")
    if not isinstance(runtimes, list) or len(runtimes) > MAX_RUNTIMES:
        raise FunctionComputeError("InvalidArgument", f"compatibleRuntime has at most {MAX_RUNTIMES} items")
    made = state.layers.publish(
        name,
        description=str(given.get("description") or ""),
        license=str(given.get("license") or ""),
        runtimes=tuple(map(str, runtimes)),
        size=len(_decoded(str(code["zipFile"]))),
        created_ms=state.clock.now_ms(),
    )
    return answer(_entry(state, made))


def list_layer_versions(state: FunctionComputeState, request: Request, parts: Parts) -> Response:
    """ListLayerVersions, a page at a time; `nextVersion` is where the next page begins."""
    start, limit = _number(request.query.get("startVersion") or "1"), limit_of(request)
    found = state.layers.versions(parts["layer"], start)
    rest = {"nextVersion": found[limit].number} if len(found) > limit else {}
    return answer({"layers": [_entry(state, version) for version in found[:limit]], **rest})


def get_layer_version(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """GetLayerVersion, without the address of its code."""
    return answer(_entry(state, _version(state, parts)))


def delete_layer_version(state: FunctionComputeState, _request: Request, parts: Parts) -> Response:
    """DeleteLayerVersion; one that is not there is deleted, too."""
    try:
        state.layers.delete(_version(state, parts))
    except FunctionComputeError as error:
        if error.code != "LayerVersionNotFound":
            raise
    return Response(204, {}, b"")


def list_layers(state: FunctionComputeState, request: Request, _parts: Parts) -> Response:
    """ListLayers: the newest version of each, by prefix."""
    prefix, limit = request.query.get("prefix") or "", limit_of(request)
    start = request.query.get("nextToken") or ""
    found = [each for each in state.layers.latest() if each.layer.startswith(prefix) and each.layer >= start]
    rest = {"nextToken": found[limit].layer} if len(found) > limit else {}
    return answer({"layers": [_entry(state, version) for version in found[:limit]], **rest})


def _version(state: FunctionComputeState, parts: Parts) -> LayerVersion:
    return state.layers.version(parts["layer"], _number(parts["version"]))


def _number(text: str) -> int:
    if not _VERSION.fullmatch(text):
        raise FunctionComputeError("InvalidArgument", "the version of a layer is a number")
    return int(text)


def _body(request: Request) -> JsonObject:
    try:
        found = read_json(request.body)
    except ValueError as error:
        raise FunctionComputeError("InvalidArgument", f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise FunctionComputeError("InvalidArgument", "the body is not a JSON object")
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise FunctionComputeError("InvalidArgument", "code.zipFile is not base64") from None


def _entry(state: FunctionComputeState, version: LayerVersion) -> JsonObject:
    account = state.account
    layer = f"acs:fc:{account.region}:{account.account_id}:layers/{version.layer}"
    made = datetime.fromtimestamp(version.created_ms / 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "layerName": version.layer,
        "version": version.number,
        "layerVersionArn": f"{layer}/versions/{version.number}",
        "description": version.description,
        "license": version.license,
        "compatibleRuntime": list(version.runtimes),
        "codeSize": version.size,
        "codeChecksum": "",
        "acl": "0",
        "createTime": made,
    }
