"""A function's code, loaded under its own namespace.

`index.py` becomes a module that no other function can import. What it imports from its own folder is removed from
`sys.modules` again, so that two functions may each have a `config.py`; what is outside the folder (a layer, installed
packages) is shared, as this process has it once.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

_LOCK = threading.RLock()


class Code:
    """The modules of one instance of a function.

    Args:
        folder: where the code lies; `python/` inside it is searched too, where builds put dependencies.
        name: what tells this instance's modules from all others.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._name = folder, name
        self._paths = [str(folder), str(folder / "python")]
        self._modules: dict[str, ModuleType] = {}
        self._own: dict[str, ModuleType] = {}

    def function(self, handler: str) -> Callable[..., object]:
        """The function that `module.function` names, its module loaded on first use.

        Raises:
            ImportError: there is no such module, or no such function in it.
            Exception: whatever the module raises when loaded.
        """
        module_name, _, name = handler.rpartition(".")
        module = self._modules.get(module_name) or self._load(module_name)
        found = getattr(module, name, None)
        if not callable(found):
            raise ImportError(f"module {module_name!r} has no function {name!r}")  # noqa: TRY004 - as the runtime
        return found  # type: ignore[no-any-return]

    @contextmanager
    def importable(self) -> Iterator[None]:
        """Within the block, imports look in the folder first and find what this instance has loaded from it."""
        with _LOCK:
            sys.path[:0] = self._paths
            hidden = {name: sys.modules.get(name) for name in self._own}
            sys.modules.update(self._own)
            before = _newest()
        try:
            yield
        finally:
            with _LOCK:
                for path in self._paths:
                    sys.path.remove(path)
                if _newest() != before or any(sys.modules.get(name) is not own for name, own in self._own.items()):
                    self._claim()
                self._withdraw(hidden)

    def _load(self, name: str) -> ModuleType:
        path = self.folder.joinpath(*name.replace("/", ".").split(".")).with_suffix(".py")
        if not path.is_file():
            raise ImportError(f"no module {name!r} in {self.folder}")
        with _LOCK, self.importable():
            importlib.invalidate_caches()
            spec = importlib.util.spec_from_file_location(f"{self._name}.{name}", path)
            if spec is None or spec.loader is None:
                raise ImportError(f"cannot load {path}")
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[spec.name]
                raise
        self._modules[name] = module
        return module

    def unload(self) -> None:
        """Remove the modules."""
        for name in self._modules:
            sys.modules.pop(f"{self._name}.{name}", None)
        self._modules.clear()
        self._own.clear()

    def _claim(self) -> None:
        """Remember what was imported from the folder as this instance's."""
        root = str(self.folder)
        for name, module in list(sys.modules.items()):
            origin = getattr(module, "__file__", None)
            if origin is not None and origin.startswith(root) and not name.startswith(f"{self._name}."):
                self._own[name] = module

    def _withdraw(self, hidden: dict[str, ModuleType | None]) -> None:
        """Remove the instance's modules from `sys.modules`, and restore those that they replaced."""
        for name, module in self._own.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        sys.modules.update({name: module for name, module in hidden.items() if module is not None})


def _newest() -> tuple[int, str, ModuleType]:
    """What changes when a module is imported: how many there are, and the last one, which is the newest."""
    while True:
        try:
            name, module = next(reversed(sys.modules.items()))
        except RuntimeError:  # another thread is importing
            continue
        return len(sys.modules), name, module
