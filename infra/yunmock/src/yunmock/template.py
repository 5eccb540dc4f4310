"""Functions and triggers that an `s.yaml` with the fc3 component declares.

Properties: https://github.com/devsapp/fc3/blob/master/docs/en/yaml.md. Only the properties that change how a function
runs here are read; those of the network, of storage and of scaling are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yunmock.eventbridge.pattern import InvalidPatternError, Pattern
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
from yunmock.s_yaml import Resolver, Where, as_list, as_object, extended_props, read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Account
    from yunmock.json_types import JsonObject, JsonValue

REQUIRED = ("functionName", "runtime", "handler", "code")
MAX_NUMBER = 10**9
"""More than Function Compute allows for any setting; it keeps what is calculated from a setting finite."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a file declares: its functions, and the region it is deployed to."""

    path: Path
    functions: tuple[Function, ...]
    region: str = ""


def read_template(path: str | Path, account: Account, environment: dict[str, str] | None = None) -> Template:
    """Read an `s.yaml`.

    Args:
        path: the file.
        account: the account that `config('AccountID')` names.
        environment: what `${env(…)}` reads; this process's environment if None.

    Raises:
        InvalidTemplateError: the file is missing or not YAML, a variable is not defined, or a property of a function
            is missing or wrong; the message has the file and the key.
    """
    path = Path(path).resolve()
    root, where = read_document(path), Where(path)
    resolver = Resolver(path, root, account, environment)
    functions, region = [], ""
    for name in _fc3_resources(root, where):
        here = where.at("resources", name, "props")
        props = resolver.resolve(extended_props(where, root, name), here.keys, name)
        functions.append(_function(props, here))
        region = region or str(props.get("region", ""))
    return Template(path, tuple(functions), region)


def _fc3_resources(root: JsonObject, where: Where) -> list[str]:
    """The names of the resources of component fc3."""
    resources = root.get("resources") or {}
    if not isinstance(resources, dict):
        raise where.at("resources").error("must map names to resources")
    found = {name: as_object(resource, where.at("resources", name)) for name, resource in resources.items()}
    return [name for name, resource in found.items() if str(resource.get("component", "")).split("@")[0] == "fc3"]


def _function(props: JsonObject, where: Where) -> Function:
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
        code=_code(props["code"], where.at("code")),
        timeout_s=_number(props, "timeout", DEFAULT_TIMEOUT_S, where),
        memory_mb=int(_number(props, "memorySize", DEFAULT_MEMORY_MB, where)),
        description=str(props.get("description") or ""),
        role=str(props.get("role") or ""),
        environment=_environment(props.get("environmentVariables"), where.at("environmentVariables")),
        initializer=_hook(hooks.get("initializer"), lifecycle.at("initializer")),
        pre_stop=_hook(hooks.get("preStop"), lifecycle.at("preStop")),
        log_project=str(log.get("project", "")),
        log_store=str(log.get("logstore", "")),
        triggers=_triggers(props.get("triggers"), where.at("triggers")),
        asynchronous=_async(props.get("asyncInvokeConfig"), where.at("asyncInvokeConfig")),
    )


def _handler(value: JsonValue, where: Where) -> str:
    module, dot, name = str(value).rpartition(".")
    if not (module and dot and name):
        raise where.error(f"must be module.function, not {value!r}")
    return str(value)


def _code(value: JsonValue, where: Where) -> Path:
    source = value.get("src") if isinstance(value, dict) else value
    if not source:
        raise where.error("yunmock runs code from a folder; it cannot fetch code from OSS")
    folder = (where.file.parent / str(source)).resolve()
    if not folder.is_dir():
        raise where.error(f"there is no folder {folder}")
    return folder


def _number(node: JsonObject, name: str, default: float, where: Where) -> float:
    value = node.get(name, default)
    try:
        number = float(str(value))
    except ValueError:
        raise where.at(name).error(f"must be a number, not {value!r}") from None
    if not 0 <= number <= MAX_NUMBER:
        raise where.at(name).error(f"must be a number from 0 to {MAX_NUMBER}, not {value!r}")
    return number


def _environment(value: JsonValue, where: Where) -> dict[str, str]:
    """Texts only: the fc3 component refuses numbers here, too."""
    variables = value or {}
    if not isinstance(variables, dict):
        raise where.error("must map names to texts")
    texts = {name: item for name, item in variables.items() if isinstance(item, str)}
    for name in variables.keys() - texts.keys():
        raise where.at(name).error(f"must be a text, not {variables[name]!r}")
    return texts


def _hook(value: JsonValue, where: Where) -> Hook | None:
    if not isinstance(value, dict) or not value.get("handler"):
        return None
    return Hook(_handler(value["handler"], where), _number(value, "timeout", DEFAULT_HOOK_TIMEOUT_S, where))


def _triggers(value: JsonValue, where: Where) -> tuple[Trigger, ...]:
    return tuple(_trigger(item, where.at(number)) for number, item in enumerate(as_list(value, where)))


def _trigger(value: JsonValue, where: Where) -> Trigger:
    if not isinstance(value, dict) or not value.get("triggerName") or not value.get("triggerType"):
        raise where.error("needs triggerName and triggerType")
    name, kind = str(value["triggerName"]), str(value["triggerType"])
    config = as_object(value.get("triggerConfig"), where.at("triggerConfig"))
    if check := TRIGGER_CHECKS.get(kind):
        check(config, where.at("triggerConfig"))
    return Trigger(name, kind, config, str(value.get("sourceArn") or ""))


def _check_filter(config: JsonObject, where: Where) -> None:
    here, value = where.at("eventRuleFilterPattern"), config.get("eventRuleFilterPattern")
    if not isinstance(value, str):
        raise here.error("must be JSON in a text")
    try:
        Pattern.parse(value)
    except InvalidPatternError as error:
        raise here.error(str(error)) from None


def _check_timer(config: JsonObject, where: Where) -> None:
    if len(str(config.get("payload") or "").encode()) > MAX_ASYNC_BYTES:
        raise where.at("payload").error(f"is longer than {MAX_ASYNC_BYTES} bytes, and a timer invokes asynchronously")
    try:
        parse_schedule(str(config.get("cronExpression") or ""))
    except InvalidScheduleError as error:
        raise where.at("cronExpression").error(str(error)) from None


TRIGGER_CHECKS: dict[str, Callable[[JsonObject, Where], None]] = {
    "eventbridge": _check_filter,
    "timer": _check_timer,
}


def _async(value: JsonValue, where: Where) -> AsyncConfig:
    config, there = as_object(value, where), where.at("destinationConfig")
    destinations = as_object(config.get("destinationConfig"), there)
    success, failure = (as_object(destinations.get(name), there.at(name)) for name in ("onSuccess", "onFailure"))
    return AsyncConfig(
        retries=int(_number(config, "maxAsyncRetryAttempts", DEFAULT_ASYNC_RETRIES, where)),
        max_age_s=int(_number(config, "maxAsyncEventAgeInSeconds", DEFAULT_ASYNC_AGE_S, where)),
        on_success=str(success.get("destination", "")),
        on_failure=str(failure.get("destination", "")),
    )
