"""How yunmock's modules depend on each other: no circles, no service on another, and a light `import yunmock`."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import yunmock

ROOT = Path(yunmock.__file__).parent
ROUTED = ("eci", "ecs", "eventbridge", "fc", "mns", "ros", "tablestore")
SERVICES = (*ROUTED, "chat", "cloudmonitor")
"""All services; those of `ROUTED` have calls of the vendor's API."""
HEAVY = ("requests", "responses", "yaml", "google.protobuf", "pytest", *(f"yunmock.{name}" for name in SERVICES))


def module_name(path: Path) -> str:
    """The dotted name of a module of yunmock."""
    parts = ["yunmock", *path.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in ROOT.rglob("*.py")}


def top_level(tree: ast.Module) -> list[ast.AST]:
    """The statements that run on import, and those under `if TYPE_CHECKING`; not those inside functions."""
    return [inner for node in tree.body for inner in (ast.walk(node) if isinstance(node, ast.If) else [node])]


def imports(path: Path) -> set[str]:
    """The modules of yunmock that a module imports, also for its types."""
    found = set()
    for node in top_level(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or {node.module}
    return (found & MODULES.keys()) - {module_name(path)}


IMPORTS = {name: imports(path) for name, path in MODULES.items()}


def reachable(start: str) -> set[str]:
    """The modules that a module imports, directly or through others."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        new = IMPORTS[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def test_there_are_no_circles() -> None:
    """No module imports itself through others, not even for its types."""
    assert [name for name in MODULES if name in reachable(name)] == []


def test_services_do_not_import_each_other() -> None:
    """A service reaches another only through the protocols of yunmock.services."""
    crossing = [
        (name, other)
        for name, imported in IMPORTS.items()
        for other in imported
        for service in SERVICES
        if name.startswith(f"yunmock.{service}.") and other.split(".")[1] in SERVICES and other.split(".")[1] != service
    ]

    assert crossing == []


def test_only_the_service_imports_routes() -> None:
    """Calls and state do not know the routes; the check against the SDKs reads them too."""
    users = {name for name, imported in IMPORTS.items() if any(each.endswith(".routes") for each in imported)}

    assert users == {"yunmock.sdk_calls", *(f"yunmock.{name}.service" for name in ROUTED)}


def test_import_is_light() -> None:
    """`import yunmock` loads no service and no HTTP library."""
    code = f"import sys, yunmock; print([name for name in {HEAVY!r} if name in sys.modules])"

    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code

    assert shown.stdout.strip() == "[]"
