"""The vendor's protobuf messages, without the rest of the vendor's SDK.

Importing anything under `tablestore` runs that package's `__init__`, which brings in aiohttp and much else (a third
of a second). The generated modules need none of it, so they are loaded from their files. Loading them twice, here
and by the SDK, is harmless: protobuf keeps one class a message.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet


def _load(name: str) -> Any:
    package = importlib.util.find_spec("tablestore")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("yunmock.tablestore needs the tablestore package for its protobuf messages")
    path = Path(package.submodule_search_locations[0]) / "protobuf" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{__name__}.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pb = _load("table_store_pb2")
filter_pb = _load("table_store_filter_pb2")


def unknown_fields(message: Any) -> list[int]:
    """The numbers of the fields that were sent and that these messages do not know."""
    fields: Any = UnknownFieldSet(message)
    return [field.field_number for field in fields]
