"""Packages of code: what is unpacked, and what is refused before it can do harm."""

from __future__ import annotations

import io
import stat
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING

import pytest

from yunmock.fc import package
from yunmock.fc.package import InvalidPackageError, checksum, unpack

if TYPE_CHECKING:
    from pathlib import Path


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the warning about a duplicate name, which is the point here
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def special(name: str, mode: int) -> zipfile.ZipInfo:
    """An entry of a kind of its own."""
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def encrypted() -> bytes:
    """A zip file whose only entry says that it is encrypted."""
    content = bytearray(zipped(("index.py", b"x"), method=zipfile.ZIP_STORED))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.index(signature) + offset
        content[at] |= 1
    return bytes(content)


def damaged(method: int) -> bytes:
    """A zip file whose compressed data is not what it was."""
    whole = bytearray(zipped(("index.py", bytes(range(256)) * 20), method=method))
    for place in range(40, 60):
        whole[place] ^= 0xFF
    return bytes(whole)


def test_a_package_is_unpacked(tmp_path: Path) -> None:
    """Files and folders arrive with their content, whether compressed or not."""
    unpack(zipped(("index.py", b"a"), ("lib/", b""), ("lib/data.bin", b"\0" * 100_000)), tmp_path)

    assert (tmp_path / "index.py").read_bytes() == b"a"
    assert (tmp_path / "lib" / "data.bin").stat().st_size == 100_000


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no zip", "is no zip file"),
        (b"", "is no zip file"),
        (zipped(("index.py", b"a" * 9999))[:60], "is no zip file"),
        (zipped(("../escaped.py", b"x")), "'../escaped.py' is outside the package"),
        (zipped(("a/../../escaped.py", b"x")), "is outside the package"),
        (zipped(("/etc/escaped", b"x")), "is outside the package"),
        (zipped(("..\\escaped.py", b"x")), "is outside the package"),
        (zipped(("C:escaped.py", b"x")), "is outside the package"),
        (zipped((special("link", stat.S_IFLNK | 0o777), b"/etc/passwd")), "'link' is a symbolic link"),
        (zipped((special("pipe", stat.S_IFIFO | 0o666), b"")), "is neither a file nor a folder"),
        (zipped(("a.py", b"1"), ("a.py", b"2")), "'a.py' is there twice"),
        (zipped(("a", b"1"), ("a/b", b"2")), "cannot be unpacked|no zip file that can be unpacked"),
        (encrypted(), "is encrypted"),
        (damaged(zipfile.ZIP_DEFLATED), "cannot be unpacked|no zip file that can be unpacked"),
        (damaged(zipfile.ZIP_LZMA), "cannot be unpacked|no zip file that can be unpacked"),
        (damaged(zipfile.ZIP_BZIP2), "cannot be unpacked|no zip file that can be unpacked"),
        (damaged(zipfile.ZIP_STORED), "cannot be unpacked|no zip file that can be unpacked"),
        (zipped((".", b"x")), "cannot be unpacked|no zip file that can be unpacked"),
        (zipped(("a" * 5000, b"x")), "cannot be unpacked|no zip file that can be unpacked"),
    ],
    ids=range(19),  # an archive has the time of its making in it, and ids must be the same in every process
)
def test_packages_that_are_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    """What is no zip file, or reaches out of its folder, is refused by name; nothing is written outside."""
    folder = tmp_path / "inside"
    folder.mkdir()

    with pytest.raises(InvalidPackageError, match=problem):
        unpack(content, folder)

    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_too_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of very many small files is refused before the first is written."""
    monkeypatch.setattr(package, "MAX_FILES", 3)

    with pytest.raises(InvalidPackageError, match="4 entries, the limit is 3"):
        unpack(zipped(*((f"{number}.py", b"") for number in range(4))), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small package that unpacks to very much is refused by its table of contents."""
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = zipped(("zeros", b"\0" * 2_000_000))
    assert len(bomb) < 10_000

    with pytest.raises(InvalidPackageError, match="more than 1000000 bytes when unpacked"):
        unpack(bomb, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_that_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose table says that it is small does not write more than it says."""
    monkeypatch.setattr(package, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = bytearray(zipped(("zeros", b"\0" * 2_000_000)))
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<I", bomb, bomb.index(signature) + offset, 10)

    with pytest.raises(InvalidPackageError):
        unpack(bytes(bomb), tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 1_000_000


def test_the_checksum() -> None:
    """It is the CRC-64 whose check value the catalogue of parametrised CRC algorithms gives (CRC-64/XZ)."""
    assert int(checksum(b"123456789")) == 0x995DC9BBDF1939FA
