"""Make, change, call and delete a function with alibabacloud-fc20230330, and print what came of it as JSON."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import urllib.request
import zipfile
from typing import TYPE_CHECKING, Any

from alibabacloud_fc20230330 import models
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.utils_models import Config

if TYPE_CHECKING:
    from collections.abc import Callable

endpoint = os.environ["FC_ENDPOINT"]
client = Client(
    Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=endpoint.removeprefix("http://"),
        protocol="http",
    )
)


def code(result: str) -> Any:
    """A package whose handler returns this expression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", f"def handler(event, context):\n    return {result}\n")
    return models.InputCodeLocation(zip_file=base64.b64encode(buffer.getvalue()).decode())


def create() -> Any:
    """CreateFunction."""
    given = models.CreateFunctionInput(
        function_name="made",
        runtime="python3.10",
        handler="index.handler",
        timeout=7,
        environment_variables={"A": "b"},
        code=code("event[::-1]"),
    )
    return client.create_function(models.CreateFunctionRequest(body=given)).body


def update(**changes: Any) -> Any:
    """UpdateFunction."""
    given = models.UpdateFunctionInput(**changes)
    return client.update_function("made", models.UpdateFunctionRequest(body=given)).body


def invoke() -> str:
    """InvokeFunction."""
    answer = client.invoke_function("made", models.InvokeFunctionRequest(body=b"abc"))
    return str(answer.body.read().decode())


def create_trigger(name: str, kind: str, **config: Any) -> Any:
    """CreateTrigger."""
    given = models.CreateTriggerInput(trigger_name=name, trigger_type=kind, trigger_config=json.dumps(config))
    return client.create_trigger("made", models.CreateTriggerRequest(body=given)).body


def code_of(call: Callable[..., Any], *arguments: Any) -> str:
    """The code of a refusal."""
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 - the SDK's errors have no common class of their own
        return str(getattr(error, "code", error))
    return ""


def fetch(url: str) -> str:
    """A function's answer at its own address, which the server knows by the Host header."""
    request = urllib.request.Request(endpoint, headers={"Host": url.removeprefix("https://")})  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())


def layers() -> list[Any]:
    """Publish two versions of a layer, read them in every way, and delete the first."""
    given = models.CreateLayerVersionInput(code=code("1"), compatible_runtime=["python3.10"])
    request = models.CreateLayerVersionRequest(body=given)
    numbers = [client.create_layer_version("shop", request).body.version for _ in range(2)]
    listed = client.list_layer_versions("shop", models.ListLayerVersionsRequest()).body.layers
    runtimes = client.get_layer_version("shop", "1").body.compatible_runtime
    names = [each.layer_name for each in client.list_layers(models.ListLayersRequest()).body.layers]
    client.delete_layer_version("shop", "1")
    left = client.list_layer_versions("shop", models.ListLayerVersionsRequest()).body.layers
    return [numbers, sorted(each.version for each in listed), runtimes, names, [each.version for each in left]]


seen: dict[str, Any] = {"layers": layers()}
made = create()
seen["made"] = [made.function_name, made.timeout, made.environment_variables, made.state, invoke()]
seen["taken"] = code_of(create)
seen["listed"] = [each.function_name for each in client.list_functions(models.ListFunctionsRequest()).body.functions]
changed = update(memory_size=256)
seen["changed"] = [changed.memory_size, changed.timeout, invoke()]
update(code=code("'new'"))
seen["new"] = invoke()
web = create_trigger("web", "http", authType="anonymous", methods=["GET"])
seen["web"] = [web.trigger_type, fetch(web.http_trigger.url_internet)]
create_trigger("clock", "timer", cronExpression="@every 1h", enable=True)
given = models.UpdateTriggerInput(trigger_config=json.dumps({"cronExpression": "@every 2h", "enable": True}))
clock = client.update_trigger("made", "clock", models.UpdateTriggerRequest(body=given)).body
seen["clock"] = json.loads(clock.trigger_config)["cronExpression"]
listed = client.list_triggers("made", models.ListTriggersRequest()).body.triggers
seen["trigger"] = client.get_trigger("made", "clock").body.trigger_name
seen["triggers"] = [each.trigger_name for each in listed]
seen["full"] = code_of(client.delete_function, "made")
config = models.PutAsyncInvokeConfigInput(max_async_retry_attempts=1)
put = client.put_async_invoke_config("made", models.PutAsyncInvokeConfigRequest(body=config)).body
seen["retries"] = put.max_async_retry_attempts
kept = client.get_async_invoke_config("made", models.GetAsyncInvokeConfigRequest()).body
seen["kept"] = kept.max_async_retry_attempts
client.delete_async_invoke_config("made", models.DeleteAsyncInvokeConfigRequest())
for name in ("web", "clock"):
    client.delete_trigger("made", name)
client.delete_function("made")
seen["gone"] = code_of(client.get_function, "made", models.GetFunctionRequest())
json.dump(seen, sys.stdout)
