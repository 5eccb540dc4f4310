"""Functions and triggers from their properties: those of an `s.yaml` and those of the API have the same names.

Properties: https://github.com/devsapp/fc3/blob/master/docs/en/yaml.md, and the models of `alibabacloud_fc20230330`.
Only what changes how a function runs here is read; the network, storage and scaling are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.fc.jwt_settings import read_settings
from yunmock.fc.limits import MAX_ASYNC_BYTES
from yunmock.fc.model import (
    DEFAULT_ASYNC_AGE_S,
    DEFAULT_ASYNC_RETRIES,
    DEFAULT_HOOK_TIMEOUT_S,
    DEFAULT_MEMORY_MB,
    DEFAULT_TIMEOUT_S,
    PYTHON_RUNTIMES,
    AsyncConfig,
    Function,
    Hook,
    Trigger,
)
from yunmock.fc.schedule import InvalidScheduleError, parse_schedule
from yunmock.positions import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.positions import Position

REQUIRED = ("functionName", "runtime", "handler")
ANONYMOUS, SIGNED, JWT = AUTH_TYPES = ("anonymous", "function", "jwt")
HTTP_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
MAX_NUMBER = 10**9
"""More than Function Compute allows for any setting; it keeps what is calculated from a setting finite."""


def read_function(props: JsonObject, where: Position, code: Path, triggers: tuple[Trigger, ...] = ()) -> Function:
    """A function from its properties.

    Args:
        props: the properties.
        where: their position, whose error is raised if one is missing or wrong.
        code: the folder with its code.
        triggers: its triggers.
    """
    for name in REQUIRED:
        if not props.get(name):
            raise where.at(name).error("is missing")
    runtime = str(props["runtime"])
    if runtime not in PYTHON_RUNTIMES:
        raise where.at("runtime").error(f"yunmock runs {sorted(PYTHON_RUNTIMES)}, not {runtime!r}")
    lifecycle = where.at("instanceLifecycleConfig")
    hooks = as_object(props.get("instanceLifecycleConfig"), lifecycle)
    given = props.get("logConfig")
    log = given if isinstance(given, dict) else {}
    return Function(
        name=str(props["functionName"]),
        runtime=runtime,
        handler=_handler(props["handler"], where.at("handler")),
        code=code,
        timeout_s=_number(props, "timeout", DEFAULT_TIMEOUT_S, where),
        memory_mb=int(_number(props, "memorySize", DEFAULT_MEMORY_MB, where)),
        description=str(props.get("description") or ""),
        role=str(props.get("role") or ""),
        environment=_environment(props.get("environmentVariables"), where.at("environmentVariables")),
        initializer=_hook(hooks.get("initializer"), lifecycle.at("initializer")),
        pre_stop=_hook(hooks.get("preStop"), lifecycle.at("preStop")),
        log_project=str(log.get("project") or ""),
        log_store=str(log.get("logstore") or ""),
        triggers=triggers,
        asynchronous=read_async(props.get("asyncInvokeConfig"), where.at("asyncInvokeConfig")),
    )


def read_async(value: JsonValue, where: Position) -> AsyncConfig:
    """How asynchronous invocations are handled."""
    config, there = as_object(value, where), where.at("destinationConfig")
    destinations = as_object(config.get("destinationConfig"), there)
    success, failure = (as_object(destinations.get(name), there.at(name)) for name in ("onSuccess", "onFailure"))
    return AsyncConfig(
        retries=int(_number(config, "maxAsyncRetryAttempts", DEFAULT_ASYNC_RETRIES, where)),
        max_age_s=int(_number(config, "maxAsyncEventAgeInSeconds", DEFAULT_ASYNC_AGE_S, where)),
        on_success=str(success.get("destination") or ""),
        on_failure=str(failure.get("destination") or ""),
    )


def read_trigger(
    value: JsonValue, where: Position, checks: Mapping[str, Callable[[JsonObject, Position], None]]
) -> Trigger:
    """A trigger from its properties; `checks` has a check of the configuration for each type that needs one."""
    if not isinstance(value, dict) or not value.get("triggerName") or not value.get("triggerType"):
        raise where.error("needs triggerName and triggerType")
    name, kind = str(value["triggerName"]), str(value["triggerType"])
    config = as_object(value.get("triggerConfig"), where.at("triggerConfig"))
    if check := checks.get(kind):
        check(config, where.at("triggerConfig"))
    return Trigger(name, kind, config, str(value.get("sourceArn") or ""))


def check_timer(config: JsonObject, where: Position) -> None:
    """Check the configuration of a timer."""
    if len(str(config.get("payload") or "").encode()) > MAX_ASYNC_BYTES:
        raise where.at("payload").error(f"is longer than {MAX_ASYNC_BYTES} bytes, and a timer invokes asynchronously")
    try:
        parse_schedule(str(config.get("cronExpression") or ""))
    except InvalidScheduleError as error:
        raise where.at("cronExpression").error(str(error)) from None


def check_http(config: JsonObject, where: Position) -> None:
    """Check the configuration of an HTTP trigger."""
    kind, methods = config.get("authType", "function"), config.get("methods") or list(HTTP_METHODS)
    if kind not in AUTH_TYPES:
        raise where.at("authType").error(f"must be one of {list(AUTH_TYPES)}, not {kind!r:.100}")
    if not isinstance(methods, list) or any(method not in HTTP_METHODS for method in methods):
        raise where.at("methods").error(f"must be a list of {list(HTTP_METHODS)}")
    if kind == JWT:
        read_settings(config.get("authConfig"), where.at("authConfig"))


def _handler(value: JsonValue, where: Position) -> str:
    module, dot, name = str(value).rpartition(".")
    if not (module and dot and name):
        raise where.error(f"must be module.function, not {value!r}")
    return str(value)


def _number(node: JsonObject, name: str, default: float, where: Position) -> float:
    value = node.get(name, default)
    try:
        number = float(str(value))
    except ValueError:
        raise where.at(name).error(f"must be a number, not {value!r}") from None
    if not 0 <= number <= MAX_NUMBER:
        raise where.at(name).error(f"must be a number from 0 to {MAX_NUMBER}, not {value!r}")
    return number


def _environment(value: JsonValue, where: Position) -> dict[str, str]:
    """Texts only: the fc3 component refuses numbers here, too."""
    variables = value or {}
    if not isinstance(variables, dict):
        raise where.error("must map names to texts")
    texts = {name: item for name, item in variables.items() if isinstance(item, str)}
    for name in variables.keys() - texts.keys():
        raise where.at(name).error(f"must be a text, not {variables[name]!r}")
    return texts


def _hook(value: JsonValue, where: Position) -> Hook | None:
    if not isinstance(value, dict) or not value.get("handler"):
        return None
    return Hook(_handler(value["handler"], where), _number(value, "timeout", DEFAULT_HOOK_TIMEOUT_S, where))
