"""Defer the import of modules to their first use, for an SDK that imports modules which a function never uses.

`importlib.util.LazyLoader` does not help: it loads a module at the first access to an attribute, and
`from aiohttp import ClientTimeout` and every second `import numpy` are such accesses.
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
    """Give stand-ins for `modules` to whatever is imported within the block.

    After the block `import` gives the real modules again. A module that got a stand-in keeps it; its first use imports
    the real module, or raises ImportError. A module that is loaded already needs no stand-in.

    Args:
        modules: each module's name, and the callables that are imported from it.
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
        if name.startswith("__"):  # the import system asks whether it is a package; do not load it for that
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def _forwarding(module: _StandIn, name: str) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        return module.__getattr__(name)(*args, **kwargs)

    return call
