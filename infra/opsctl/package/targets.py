"""What is built: the runtimes, the layers with their budgets, and what may be pruned of each requirement."""

from __future__ import annotations

from dataclasses import dataclass


class BuildError(Exception):
    """Nothing was built; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A Python runtime of Function Compute.

    Attributes:
        name: as `s.yaml` has it.
        python: the version it runs.
        platforms: the wheel platforms its C library can load, in pip's words.
    """

    name: str
    python: str
    platforms: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """What the markers of a requirement see there."""
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
    "python3.10": Runtime("python3.10", "3.10", _PLATFORMS),
    "python3.12": Runtime("python3.12", "3.12", _PLATFORMS),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: the pins of one requirements file, less those of another layer's.

    Attributes:
        name: of the layer and of its archive.
        requirements: a file in `requirements/`.
        without: the file whose pins another layer holds.
        library: whether it holds `opsledger` too.
        budget: what the unpacked tree may weigh, bytecode included, by runtime: a download and a disk read at every
            cold start.
    """

    name: str
    requirements: str
    budget: dict[str, int]
    without: str | None = None
    library: bool = False


MB = 1_000_000
# 3.12 has the SDK's compiled codec, 13.7 MB in one file.
LAYERS = (
    Layer("opsledger", "function.txt", {"python3.10": 16 * MB, "python3.12": 32 * MB}, library=True),
    Layer("opsledger-poller", "poller.txt", {"python3.10": 23 * MB, "python3.12": 24 * MB}, without="function.txt"),
)

# No wheel is published of these; the wheel built from their source is pure Python.
SOURCE_ONLY = frozenset(
    {"alibabacloud-endpoint-util", "alibabacloud-tea", "alibabacloud-tea-openapi", "alibabacloud-tea-xml"}
)
