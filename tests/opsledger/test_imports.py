"""Every module of the library can be imported first."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import pytest

import opsledger

MODULES = sorted(m.name for m in pkgutil.walk_packages(opsledger.__path__, "opsledger."))


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_the_first_to_be_imported(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No module depends on another having been imported before it."""
    for loaded in [m for m in sys.modules if m == "opsledger" or m.startswith("opsledger.")]:
        monkeypatch.delitem(sys.modules, loaded)

    assert importlib.import_module(name).__name__ == name
