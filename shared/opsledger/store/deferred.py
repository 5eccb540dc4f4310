"""Modules that are imported when they are first used, for an SDK that imports what a function never uses.

`importlib.util.LazyLoader` does not help: it loads a module on any look at it, and `from aiohttp import ClientTimeout`
and every second `import numpy` are looks.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def deferred(**modules: tuple[str, ...]) -> Iterator[None]:
    """Have what is imported meanwhile make do with stand-ins for `modules`, each with the callables it is asked for.

    Afterwards `import` gives everybody the real modules again. Who got a stand-in keeps it, and its first use imports
    the real module, or says that it is not installed. A module that is loaded already needs no stand-in.
    """
    stand_ins = {name: _StandIn(name, asked) for name, asked in modules.items() if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


class _StandIn(ModuleType):
    """Looks everything up in the real module."""

    def __init__(self, name: str, asked: tuple[str, ...]) -> None:
        super().__init__(name)
        self.__dict__.update({called: _forwarding(self, called) for called in asked})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks whether it is a package; that is no use
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _forwarding(module: _StandIn, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return module.__getattr__(name)(*args, **kwargs)

    return call
