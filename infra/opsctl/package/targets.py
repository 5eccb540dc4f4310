"""The build targets: runtimes, and layers with their budgets."""

from __future__ import annotations

from dataclasses import dataclass


class BuildError(Exception):
    """The build failed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class PythonRuntime:
    """A Python runtime of Function Compute.

    Attributes:
        name: as in `s.yaml`.
        python: its Python version.
        platforms: pip's names of the wheel platforms that its C library can load.
    """

    name: str
    python: str
    platforms: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """The environment for evaluating a requirement's markers."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
            "extra": "",
        }


# 3.10 runs on Debian 10 with glibc 2.28, 3.12 on Debian 11 with 2.31: neither loads a newer manylinux
# (help.aliyun.com/zh/functioncompute/fc/user-guide/overview-of-runtimes).
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_28_x86_64")
RUNTIMES = {
    "python3.10": PythonRuntime("python3.10", "3.10", _PLATFORMS),
    "python3.12": PythonRuntime("python3.12", "3.12", _PLATFORMS),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: the pins of one lock file, minus those of another, and a part of the library.

    Function Compute merges a function's layers into one folder (help.aliyun.com/en/functioncompute/fc/user-guide/
    create-a-custom-layer-1), so the library may be in several.

    Attributes:
        name: the name of the layer and of its archive.
        budget: the most bytes it may unpack to, bytecode included, by runtime; every cold start downloads and reads it.
        requirements: its lock file in `requirements/`.
        without: the lock file of a layer that is always used with this one.
        library: whether it includes `opsledger`, except for what other layers include.
        only_for: the functions that use it. It includes what they alone reach of `opsledger`, less what an earlier
            layer of `LAYERS` includes.
        optional_for: the module of the library that alone imports what it has. Functions work without, and an operator
            adds the layer where a setting makes them import that module.
    """

    name: str
    budget: dict[str, int]
    requirements: str = ""
    without: str = ""
    library: bool = False
    only_for: tuple[str, ...] = ()
    optional_for: str = ""


MB = 1_000_000
LAYERS = (
    Layer("opsledger", {"python3.10": 10 * MB, "python3.12": 10 * MB}, "function.txt", library=True),
    Layer(
        "opsledger-console",
        {"python3.10": 2 * MB, "python3.12": 2 * MB},
        "console.txt",
        without="function.txt",
        only_for=("console",),
    ),
    # The messages to people, with the advice in three languages; the console shows it too.
    Layer("opsledger-notifier", {"python3.10": 1 * MB, "python3.12": 1 * MB}, only_for=("notifier", "console")),
    Layer(
        "opsledger-poller",
        {"python3.10": 23 * MB, "python3.12": 24 * MB},
        "poller.txt",
        without="function.txt",
        only_for=("eci_poller", "ecs_reconciler", "sweeper"),
    ),
    # For OPSLEDGER_TABLESTORE_CLIENT=sdk. On 3.12 the SDK has its compiled codec, one file of 13.7 MB.
    Layer(
        "opsledger-sdk",
        {"python3.10": 6 * MB, "python3.12": 22 * MB},
        "sdk.txt",
        without="function.txt",
        optional_for="opsledger.store.tablestore",
    ),
)

# These are published without a wheel; the wheels built from their source are pure Python.
SOURCE_ONLY = frozenset({"alibabacloud-tea", "alibabacloud-tea-openapi", "alibabacloud-tea-xml"})
