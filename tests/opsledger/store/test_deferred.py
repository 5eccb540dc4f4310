"""What the SDK imports and a function never uses is imported by its first use, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from opsledger.store.deferred import deferred


def run(program: str) -> str:
    """What a new process prints; the SDK has its say on standard error."""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603 - our own text
    return done.stdout.strip()


def test_a_stand_in_is_gone_once_the_import_is_done() -> None:
    """Whoever imports the module later gets the real one, also while somebody keeps the stand-in."""
    program = """
import sys
from opsledger.store.deferred import deferred
with deferred(colorsys=("rgb_to_hls",)):
    import colorsys as kept
    from colorsys import rgb_to_hls
assert "colorsys" not in sys.modules
import colorsys
assert colorsys is not kept and colorsys.rgb_to_hls is kept.rgb_to_yiq.__globals__["rgb_to_hls"]
print(kept.hls_to_rgb(0.0, 0.5, 0.0), rgb_to_hls(0.5, 0.5, 0.5))
"""

    assert run(program) == "(0.5, 0.5, 0.5) (0.0, 0.5, 0.0)"


def test_a_loaded_module_is_left_alone() -> None:
    """There is nothing to save any more."""
    with deferred(subprocess=()):
        import subprocess as found  # noqa: PLC0415 - the import is the test

    assert found is subprocess
    assert sys.modules["subprocess"] is subprocess


def test_what_is_used_meanwhile_is_imported_at_once() -> None:
    """The stand-in makes way for the module it stands for."""
    program = """
import sys
from opsledger.store.deferred import deferred
with deferred(colorsys=()):
    from colorsys import hls_to_rgb
    assert sys.modules["colorsys"].__file__
print(hls_to_rgb(0.0, 0.5, 0.0), "colorsys" in sys.modules)
"""

    assert run(program) == "(0.5, 0.5, 0.5) True"


def test_what_is_not_installed_is_missed_when_it_is_used() -> None:
    """And by its own name."""
    with deferred(opsledger_has_no_such=("thing",)):
        import opsledger_has_no_such  # type: ignore[import-not-found]  # noqa: PLC0415 - the import is the test

    with pytest.raises(ModuleNotFoundError, match="opsledger_has_no_such"):
        opsledger_has_no_such.anything()


def test_the_sdks_asynchronous_client_still_works() -> None:
    """It is not ours to break: another part of the same process may use it."""
    program = """
import asyncio, sys, warnings
warnings.simplefilter("ignore")
import opsledger.store.tablestore
from tablestore.connection import AsyncConnectionPool
assert not {"aiohttp", "numpy"} & sys.modules.keys()

async def main():
    connections = AsyncConnectionPool("http://127.0.0.1:9", "/")
    try:
        return type(connections.pool).__module__
    finally:
        await connections.close()

print(asyncio.run(main()))
"""

    assert run(program) == "aiohttp.client"


def test_numpy_still_reads_columns_for_the_sdk() -> None:
    """As flatbuffers asks for it, when a result of SQL is decoded."""
    program = """
import opsledger.store.tablestore
from flatbuffers import number_types
print(number_types.to_numpy_type(number_types.Int32Flags))
"""

    assert run(program) == "int32"
