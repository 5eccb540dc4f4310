"""The code of a function as a zip package: unpacked, and refused where it could write elsewhere or fill the disk."""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILES = 20_000
MAX_UNPACKED_BYTES = 500 * 1024 * 1024
"""Of all files together. The vendor's limits are higher; here a package comes in one request of 64 MB at most."""
CHUNK = 64 * 1024
_POLYNOMIAL = 0xC96C5795D7870F42
"""ECMA-182, reflected."""
_ALL_BITS = 2**64 - 1


class InvalidPackageError(ValueError):
    """A package that is not unpacked; the message says why."""


def unpack(package: bytes, folder: Path) -> None:
    """Unpack a zip package into a folder that is empty.

    Raises:
        InvalidPackageError: it is no zip file, is too large, or has an entry that is encrypted, a link, a device, or
            outside the folder.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            entries = archive.infolist()
            _check(entries)
            left = MAX_UNPACKED_BYTES
            for entry in entries:
                left -= _extract(archive, entry, folder, left)
    # zipfile raises NotImplementedError for what it cannot read, such as an unknown compression.
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, OSError, EOFError) as error:
        raise InvalidPackageError(f"the package is no zip file that can be unpacked: {error}") from None


def _check(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse a package by its table of contents, before anything is written."""
    if len(entries) > MAX_FILES:
        raise InvalidPackageError(f"the package has {len(entries)} entries, the limit is {MAX_FILES}")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise InvalidPackageError(f"the package has more than {MAX_UNPACKED_BYTES} bytes when unpacked")
    seen = set()
    for entry in entries:
        if problem := _problem(entry):
            raise InvalidPackageError(f"the entry {entry.filename[:200]!r} {problem}")
        if entry.filename in seen:
            raise InvalidPackageError(f"the entry {entry.filename[:200]!r} is there twice")
        seen.add(entry.filename)


def _problem(entry: zipfile.ZipInfo) -> str:
    """Why an entry is refused; empty if it is not."""
    path, kind = PurePosixPath(entry.filename), stat.S_IFMT(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        return "is outside the package"
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    return "is encrypted" if entry.flag_bits & 1 else ""


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    """Write one entry and return its size; the size in the table of contents is not believed."""
    target = folder / entry.filename
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > left:
                raise InvalidPackageError(f"the package has more than {MAX_UNPACKED_BYTES} bytes when unpacked")
            file.write(chunk)
    return size


def checksum(package: bytes) -> str:
    """The CRC-64 (ECMA-182) of a package, as Function Compute shows it."""
    value = _ALL_BITS
    for byte in package:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return str(value ^ _ALL_BITS)


def _entry(index: int) -> int:
    for _ in range(8):
        index = (index >> 1) ^ _POLYNOMIAL if index & 1 else index >> 1
    return index


_TABLE = [_entry(index) for index in range(256)]
