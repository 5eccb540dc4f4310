"""Functions and triggers that an `s.yaml` with the fc3 component declares.

Properties: `yunmock.fc.properties`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yunmock.eventbridge.pattern import InvalidPatternError, Pattern
from yunmock.fc.properties import check_http, check_timer, read_function, read_trigger
from yunmock.positions import as_list, as_object
from yunmock.s_yaml import Resolver, Where, extended_props, read_document

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.cloud import Account
    from yunmock.fc.model import Function, Trigger
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.positions import Position


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
    if not props.get("code"):
        raise where.at("code").error("is missing")
    code = _code(props["code"], where.at("code"))
    return read_function(props, where, code, _triggers(props.get("triggers"), where.at("triggers")))


def _code(value: JsonValue, where: Where) -> Path:
    source = value.get("src") if isinstance(value, dict) else value
    if not source:
        raise where.error("yunmock runs code from a folder; it cannot fetch code from OSS")
    folder = (where.file.parent / str(source)).resolve()
    if not folder.is_dir():
        raise where.error(f"there is no folder {folder}")
    return folder


def _triggers(value: JsonValue, where: Where) -> tuple[Trigger, ...]:
    return tuple(
        read_trigger(item, where.at(number), TRIGGER_CHECKS) for number, item in enumerate(as_list(value, where))
    )


def _check_filter(config: JsonObject, where: Position) -> None:
    here, value = where.at("eventRuleFilterPattern"), config.get("eventRuleFilterPattern")
    if not isinstance(value, str):
        raise here.error("must be JSON in a text")
    try:
        Pattern.parse(value)
    except InvalidPatternError as error:
        raise here.error(str(error)) from None


TRIGGER_CHECKS: dict[str, Callable[[JsonObject, Position], None]] = {
    "eventbridge": _check_filter,
    "http": check_http,
    "timer": check_timer,
}
