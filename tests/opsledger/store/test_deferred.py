"""Deferred imports: modules that the SDK imports and a function never uses."""

from __future__ import annotations

import subprocess
import sys

import pytest

from opsledger.store.deferred import deferred


def run(program: str) -> str:
    """The standard output of a new process; the SDK writes to standard error."""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603 - our own text
    return done.stdout.strip()


def test_a_stand_in_is_removed_after_the_block() -> None:
    """A later import gives the real module, also while a stand-in is still in use."""
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


def test_a_loaded_module_gets_no_stand_in() -> None:
    """There is nothing to defer."""
    with deferred(subprocess=()):
        import subprocess as found  # noqa: PLC0415 - the import is the test

    assert found is subprocess
    assert sys.modules["subprocess"] is subprocess


def test_a_module_that_is_used_within_the_block_is_imported() -> None:
    """The stand-in is replaced by the module."""
    program = """
import sys
from opsledger.store.deferred import deferred
with deferred(colorsys=()):
    from colorsys import hls_to_rgb
    assert sys.modules["colorsys"].__file__
print(hls_to_rgb(0.0, 0.5, 0.0), "colorsys" in sys.modules)
"""

    assert run(program) == "(0.5, 0.5, 0.5) True"


def test_a_missing_module_raises_at_its_first_use() -> None:
    """The error has its name."""
    with deferred(opsledger_has_no_such=("thing",)):
        import opsledger_has_no_such  # type: ignore[import-not-found]  # noqa: PLC0415 - the import is the test

    with pytest.raises(ModuleNotFoundError, match="opsledger_has_no_such"):
        opsledger_has_no_such.anything()


def test_the_sdks_asynchronous_client_still_works() -> None:
    """Another part of the same process may use it."""
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
    """As flatbuffers does when it decodes a result of SQL."""
    program = """
import opsledger.store.tablestore
from flatbuffers import number_types
print(number_types.to_numpy_type(number_types.Int32Flags))
"""

    assert run(program) == "int32"
