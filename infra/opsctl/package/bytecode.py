"""Compile a tree with the Python version that will run it.

A layer is read-only, so without bytecode every cold start compiles the SDK again, which takes longer than everything
else the function does. Unchecked hash-based bytecode (PEP 552) depends only on the source, so builds are reproducible.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from opsctl.package.targets import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opsctl.package.targets import PythonRuntime

LAYER_ROOT = "/opt"
"""The folder a layer is unpacked to; tracebacks name files below it."""


def find_interpreter(python: str) -> str | None:
    """Return an interpreter of that version: this one, one on PATH, or one of pyenv's; None if there is none."""
    candidates = [sys.executable, shutil.which(f"python{python}"), *_of_pyenv(python)]
    return next((path for path in candidates if path and _version(path) == python), None)


def compile_tree(tree: Mapping[str, bytes], runtime: PythonRuntime) -> dict[str, bytes]:
    """Return the bytecode of every module in `tree`, by path.

    Raises:
        BuildError: no interpreter of the runtime's version, or a module does not compile.
    """
    interpreter = find_interpreter(runtime.python)
    if interpreter is None:
        raise BuildError(f"Python {runtime.python} is needed to compile for {runtime.name}; or pass --no-bytecode")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, content in tree.items():
            if path.endswith(".py"):
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        _compile(interpreter, root)
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*.pyc"))}


def _compile(interpreter: str, root: Path) -> None:
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", LAYER_ROOT]
    # A fixed seed: the order of sets in constants depends on it.
    done = subprocess.run(  # noqa: S603 - our own arguments
        [interpreter, "-S", "-s", "-m", "compileall", *options, str(root)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONHASHSEED": "0"},
    )
    if done.returncode:
        raise BuildError(f"compiling failed:\n{done.stdout}{done.stderr}")


def _of_pyenv(python: str) -> Iterator[str]:
    root = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")))
    for path in sorted(root.glob(f"versions/{python}.*/bin/python{python}"), reverse=True):
        yield str(path)


def _version(path: str) -> str:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter by name
            [path, "-S", "-c", program], capture_output=True, text=True, check=False, timeout=30
        )
    except OSError:
        return ""
    return done.stdout.strip()
