"""The words of messages by language: templates of `string.Template`, in the files beside this one."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def words(language: str) -> Mapping[str, str]:
    """What is said in a language → its template."""
    file = resources.files(__name__) / f"{language}.json"
    return MappingProxyType(json.loads(file.read_text(encoding="utf-8")))
