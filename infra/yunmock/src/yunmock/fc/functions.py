"""The functions of a cloud: those deployed from templates, and those that were made or changed by the API.

What the API makes is kept in the cloud's storage, with its package. It hides what a template has deployed under the
same name, until that template is deployed again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
import weakref
from collections.abc import MutableMapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yunmock.fc.model import AsyncConfig, Function, Hook, Trigger
from yunmock.fc.package import InvalidPackageError, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.storage import Space, Storage


class Functions(MutableMapping[str, Function]):
    """Functions by name. What is set here is deployed; `make` is what the API does."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._deployed: dict[str, Function] = {}
        self._made: Space[bytes] = storage.space("fc.function", bytes, bytes)
        self._packages: Space[bytes] = storage.space("fc.package", bytes, bytes)
        self._unpacked = _Unpacked()

    def __getitem__(self, name: str) -> Function:
        made = self._made.get(name.encode())
        return self._deployed[name] if made is None else self._read(name, made)

    def __setitem__(self, name: str, function: Function) -> None:
        self._drop(name)
        self._deployed[name] = function

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._drop(name)
        self._deployed.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        made = [name.decode() for name, _ in self._made.scan()]
        return iter(dict.fromkeys([*self._deployed, *made]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def unpack(self, package: bytes) -> Path:
        """The folder with the content of a package.

        Raises:
            InvalidPackageError: it cannot be unpacked.
        """
        return self._unpacked.folder(_digest(package), lambda: package)

    def make(self, function: Function, package: bytes | None = None) -> None:
        """Add or replace a function as the API does; without a package its code stays as it is."""
        key = function.name.encode()
        with self._storage.atomic():
            made = self._made.get(key)
            digest = json.loads(made)["package"] if made else ""
            if package is not None:
                digest = _digest(package)
                self._packages.put(key, package)
            fields = {**asdict(function), "code": str(function.code), "package": digest}
            self._made.put(key, json.dumps(fields).encode())

    def _read(self, name: str, text: bytes) -> Function:
        fields: dict[str, Any] = json.loads(text)
        digest = fields.pop("package")
        code = self._unpacked.folder(digest, lambda: self._packages.get(name.encode()) or b"") if digest else None
        return Function(
            **{
                **fields,
                **{hook: fields[hook] and Hook(**fields[hook]) for hook in ("initializer", "pre_stop")},
                "code": code or Path(fields["code"]),
                "triggers": tuple(Trigger(**trigger) for trigger in fields["triggers"]),
                "asynchronous": AsyncConfig(**fields["asynchronous"]),
            }
        )

    def _drop(self, name: str) -> None:
        self._made.delete(name.encode())
        self._packages.delete(name.encode())


class _Unpacked:
    """Packages that were unpacked, each once, into a temporary folder that is removed with this object."""

    def __init__(self) -> None:
        self._folders: dict[str, Path] = {}
        self._root: Path | None = None
        self._lock = threading.Lock()

    def folder(self, digest: str, load: Callable[[], bytes]) -> Path:
        """The folder of a package; `load` gives the package if it is not unpacked yet."""
        with self._lock:
            if digest not in self._folders:
                folder = self._new_root() / digest[:16]
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                try:
                    unpack(load(), folder)
                except InvalidPackageError:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
                self._folders[digest] = folder
            return self._folders[digest]

    def _new_root(self) -> Path:
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="yunmock-functions-")).resolve()
            weakref.finalize(self, shutil.rmtree, self._root, ignore_errors=True)
        return self._root


def _digest(package: bytes) -> str:
    return hashlib.sha256(package).hexdigest()
