"""Functions and triggers read out of a Serverless Devs v3 `s.yaml` with the fc3 component.

Properties: https://github.com/devsapp/fc3/blob/master/docs/en/yaml.md. Only what changes how a function runs here is
read; properties of the network, of storage and of scaling are left aside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from yunmock.eventbridge.pattern import InvalidPatternError, Pattern
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
from yunmock.fc.variables import InvalidTemplateError, Resolver

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Account

REQUIRED = ("functionName", "runtime", "handler", "code")
EDITIONS = ("3.0.0", "3.0", "3")


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
        account: whose account `config('AccountID')` names.
        environment: what `${env(…)}` reads; this process's environment when None.

    Raises:
        InvalidTemplateError: the file is missing or not YAML, a variable is not defined, or a function lacks
            what it needs; the message names the file and the key.
    """
    path = Path(path).resolve()
    root = _load(path)
    resolver = Resolver(path, root, account, environment)
    functions, region = [], ""
    for name, resource in _resources(root, resolver).items():
        if str(resource.get("component", "")).split("@")[0] != "fc3":
            continue
        key = f"resources.{name}.props"
        props = resolver.resolve(_props(root, resource, resolver, name), key, name)
        try:
            functions.append(_function(props, key, path, resolver))
        except (AttributeError, TypeError, KeyError) as error:
            raise resolver.error(key, f"is not of the form the fc3 component takes: {error}") from None
        region = region or str(props.get("region", ""))
    return Template(path, tuple(functions), region)


def _load(path: Path) -> dict[str, Any]:
    try:
        root = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidTemplateError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise InvalidTemplateError(f"{path}: is not YAML: {error}") from None
    if not isinstance(root, dict):
        raise InvalidTemplateError(f"{path}: is not a Serverless Devs file")
    if str(root.get("edition", "")) not in EDITIONS:
        raise InvalidTemplateError(f"{path}: edition: must be 3.0.0, not {root.get('edition')!r}")
    base = root.get("extend")
    return _merged(_load((path.parent / base).resolve()), root) if isinstance(base, str) else root


def _resources(root: dict[str, Any], resolver: Resolver) -> dict[str, Any]:
    resources = root.get("resources") or {}
    if not isinstance(resources, dict) or not all(isinstance(item, dict) for item in resources.values()):
        raise resolver.error("resources", "must map names to resources")
    return resources


def _props(root: dict[str, Any], resource: dict[str, Any], resolver: Resolver, name: str) -> dict[str, Any]:
    """The resource's own properties over those of the template it extends."""
    props = resource.get("props")
    if not isinstance(props, dict):
        raise resolver.error(f"resources.{name}.props", "is missing")
    extend = resource.get("extend")
    if not isinstance(extend, dict):
        return dict(props)
    templates = root.get("template") or {}
    if extend.get("name") not in templates:
        raise resolver.error(f"resources.{name}.extend", f"there is no template {extend.get('name')!r}")
    ignored = extend.get("ignore") or []
    base = {key: item for key, item in templates[extend["name"]].items() if key not in ignored}
    return dict(_merged(base, props))


def _function(props: dict[str, Any], key: str, path: Path, resolver: Resolver) -> Function:
    for name in REQUIRED:
        if not props.get(name):
            raise resolver.error(f"{key}.{name}", "is missing")
    runtime = str(props["runtime"])
    if runtime not in PYTHON_RUNTIMES:
        raise resolver.error(f"{key}.runtime", f"yunmock runs {sorted(PYTHON_RUNTIMES)}, not {runtime!r}")
    lifecycle = props.get("instanceLifecycleConfig") or {}
    log = props.get("logConfig") if isinstance(props.get("logConfig"), dict) else {}
    return Function(
        name=str(props["functionName"]),
        runtime=runtime,
        handler=_handler(props["handler"], f"{key}.handler", resolver),
        code=_code(props["code"], f"{key}.code", path, resolver),
        timeout_s=_number(props, "timeout", DEFAULT_TIMEOUT_S, key, resolver),
        memory_mb=int(_number(props, "memorySize", DEFAULT_MEMORY_MB, key, resolver)),
        description=str(props.get("description") or ""),
        environment=_environment(props.get("environmentVariables"), f"{key}.environmentVariables", resolver),
        initializer=_hook(lifecycle.get("initializer"), f"{key}.instanceLifecycleConfig.initializer", resolver),
        pre_stop=_hook(lifecycle.get("preStop"), f"{key}.instanceLifecycleConfig.preStop", resolver),
        log_project=str((log or {}).get("project", "")),
        log_store=str((log or {}).get("logstore", "")),
        triggers=_triggers(props.get("triggers"), f"{key}.triggers", resolver),
        asynchronous=_async(props.get("asyncInvokeConfig") or {}),
    )


def _handler(value: Any, key: str, resolver: Resolver) -> str:
    module, dot, name = str(value).rpartition(".")
    if not (module and dot and name):
        raise resolver.error(key, f"must be module.function, not {value!r}")
    return str(value)


def _code(value: Any, key: str, path: Path, resolver: Resolver) -> Path:
    source = value.get("src") if isinstance(value, dict) else value
    if not source:
        raise resolver.error(key, "yunmock runs code from a folder; code in OSS it cannot fetch")
    folder = (path.parent / str(source)).resolve()
    if not folder.is_dir():
        raise resolver.error(key, f"there is no folder {folder}")
    return folder


def _number(props: dict[str, Any], name: str, default: float, key: str, resolver: Resolver) -> float:
    value = props.get(name, default)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise resolver.error(f"{key}.{name}", f"must be a number, not {value!r}") from None


def _environment(value: Any, key: str, resolver: Resolver) -> dict[str, str]:
    """Texts only: the component refuses numbers here, and so does this."""
    variables = value or {}
    if not isinstance(variables, dict):
        raise resolver.error(key, "must map names to texts")
    for name, item in variables.items():
        if not isinstance(item, str):
            raise resolver.error(f"{key}.{name}", f"must be a text, not {item!r}")
    return dict(variables)


def _hook(value: Any, key: str, resolver: Resolver) -> Hook | None:
    if not isinstance(value, dict) or not value.get("handler"):
        return None
    return Hook(_handler(value["handler"], key, resolver), float(value.get("timeout", DEFAULT_HOOK_TIMEOUT_S)))


def _triggers(value: Any, key: str, resolver: Resolver) -> tuple[Trigger, ...]:
    triggers = []
    for number, item in enumerate(value or []):
        here = f"{key}[{number}]"
        if not isinstance(item, dict) or not item.get("triggerName") or not item.get("triggerType"):
            raise resolver.error(here, "needs triggerName and triggerType")
        config = item.get("triggerConfig") or {}
        if check := TRIGGER_CHECKS.get(item["triggerType"]):
            check(config, f"{here}.triggerConfig", resolver)
        triggers.append(Trigger(item["triggerName"], item["triggerType"], config, str(item.get("sourceArn") or "")))
    return tuple(triggers)


def _check_filter(config: dict[str, Any], key: str, resolver: Resolver) -> None:
    value = config.get("eventRuleFilterPattern")
    if not isinstance(value, str):
        raise resolver.error(f"{key}.eventRuleFilterPattern", "must be JSON in a text")
    try:
        Pattern.parse(value)
    except InvalidPatternError as error:
        raise resolver.error(f"{key}.eventRuleFilterPattern", str(error)) from None


def _check_schedule(config: dict[str, Any], key: str, resolver: Resolver) -> None:
    try:
        parse_schedule(str(config.get("cronExpression") or ""))
    except InvalidScheduleError as error:
        raise resolver.error(f"{key}.cronExpression", str(error)) from None


TRIGGER_CHECKS: dict[str, Callable[[dict[str, Any], str, Resolver], None]] = {
    "eventbridge": _check_filter,
    "timer": _check_schedule,
}


def _async(config: dict[str, Any]) -> AsyncConfig:
    destinations = config.get("destinationConfig") or {}
    return AsyncConfig(
        retries=int(config.get("maxAsyncRetryAttempts", DEFAULT_ASYNC_RETRIES)),
        max_age_s=int(config.get("maxAsyncEventAgeInSeconds", DEFAULT_ASYNC_AGE_S)),
        on_success=str((destinations.get("onSuccess") or {}).get("destination", "")),
        on_failure=str((destinations.get("onFailure") or {}).get("destination", "")),
    )


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: _merged(base.get(key), item) for key, item in over.items()}}
