"""Versions of layers: what was published, without what is in it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from yunmock.fc.errors import FunctionComputeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock.storage import Space, Storage


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """A version of a layer.

    Attributes:
        runtimes: the runtimes that it is said to fit.
        size: the bytes of its archive.
        created_ms: when it was published.
        deleted: a deleted version keeps its number.
    """

    layer: str
    number: int
    description: str
    license: str
    runtimes: tuple[str, ...]
    size: int
    created_ms: int
    deleted: bool = False


class Layers:
    """The layers of one cloud."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._versions: Space[LayerVersion] = storage.space("fc.layer", _encode, _decode)

    def publish(self, layer: str, **published: Any) -> LayerVersion:
        """Keep a new version, with the next number."""
        with self._storage.atomic():
            number = 1 + max([version.number for version in self._all(layer)], default=0)
            version = LayerVersion(layer, number, **published)
            self._versions.put(_key(layer, number), version)
        return version

    def versions(self, layer: str, first: int = 1) -> list[LayerVersion]:
        """The versions of a layer that are there, from a number on."""
        return [version for version in self._all(layer) if version.number >= first and not version.deleted]

    def version(self, layer: str, number: int) -> LayerVersion:
        """One version.

        Raises:
            FunctionComputeError: LayerVersionNotFound.
        """
        found = self._versions.get(_key(layer, number))
        if found is None or found.deleted:
            raise FunctionComputeError("LayerVersionNotFound", number, layer)
        return found

    def delete(self, version: LayerVersion) -> None:
        """Delete a version; its number is not given again."""
        gone = LayerVersion(**{**asdict(version), "deleted": True})
        self._versions.put(_key(version.layer, version.number), gone)

    def latest(self) -> list[LayerVersion]:
        """The newest version of every layer, by name."""
        found = {version.layer: version for _, version in self._versions.scan() if not version.deleted}
        return [found[name] for name in sorted(found)]

    def _all(self, layer: str) -> Iterator[LayerVersion]:
        start = layer.encode() + b"\0"
        return (version for _, version in self._versions.scan(start, layer.encode() + b"\1"))


def _key(layer: str, number: int) -> bytes:
    return f"{layer}\0{number:010d}".encode()


def _encode(version: LayerVersion) -> bytes:
    return json.dumps(asdict(version), ensure_ascii=False).encode()


def _decode(stored: bytes) -> LayerVersion:
    content = json.loads(stored)
    return LayerVersion(**{**content, "runtimes": tuple(content["runtimes"])})
