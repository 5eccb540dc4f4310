"""Checks of one function's own properties, and of the file as a whole."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from fc3lint import fc3
from fc3lint.document import UNKNOWN
from fc3lint.shapes import Keys, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fc3lint.document import Document, Path_

EDITIONS = ("3.0.0", "3.0", "3")
MAX_LAYERS = 5
MAX_HOOK_S = {"initializer": 300, "preStop": 90}
RATIO = (1.0, 4.0)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", re.ASCII)
_LAYER_REGION = re.compile(r"acs:fc:(?P<region>[\w-]+):[\w-]*:layers/.+")
_ACTION = re.compile(r"(?P<when>[a-z]+)-(?P<command>[\w-]+)")


def check_file(document: Document) -> None:
    """The keys of the file, its resources and actions."""
    root = document.root
    edition = root.get("edition")
    if "edition" in root and str(edition) not in EDITIONS:
        what = f"edition {edition!r} is read by neither `s` 3 nor its component fc3"
        document.findings.add("edition", document.mark(("edition",)), what, "Write `edition: 3.0.0`.")
    _report(document, differences(root, fc3.FILE, ()))
    _check_actions(document, root.get("actions"), ("actions",))
    resources = root.get("resources")
    for name, resource in (resources if isinstance(resources, dict) else {}).items():
        _report(document, differences(resource, fc3.RESOURCE, ("resources", name)))
        if isinstance(resource, dict):
            _check_actions(document, resource.get("actions"), ("resources", name, "actions"))


def check_names(document: Document, functions: Mapping[str, dict[str, Any]]) -> None:
    """No two resources may deploy one function."""
    if not functions and "resources" in document.root:
        what = "no resource is of component fc3"
        document.findings.add("no-function", document.mark(("resources",)), what, "Write `component: fc3`.")
    seen: dict[tuple[str, str], str] = {}
    for resource, props in functions.items():
        name = props.get("functionName")
        if not isinstance(name, str):
            continue
        first = seen.setdefault((str(props.get("region")), name), resource)
        if first != resource:
            what = f"{name!r} is deployed by `{first}` already"
            mark = document.mark(("resources", resource, "props", "functionName"))
            document.findings.add("duplicate-function", mark, what, "Give it a name of its own.")


def check_function(document: Document, props: dict[str, Any], path: Path_) -> None:
    """The properties of one function."""
    runtime = props.get("runtime")
    needed = fc3.needs(runtime) if isinstance(runtime, str) else ()
    _report(document, differences(props, Keys(fc3.PROPS.keys, fc3.PROPS.required.union(needed)), path))
    for check in (
        _check_name,
        _check_code,
        _check_sizes,
        _check_concurrency,
        _check_hooks,
        _check_layers,
        _check_scaling,
    ):
        check(document, props, path)


def _report(document: Document, found: Iterable[tuple[str, Path_, str, str]]) -> None:
    for code, path, what, mend in found:
        document.findings.add(code, document.mark(path), what, mend)


def _check_actions(document: Document, actions: Any, path: Path_) -> None:
    for name, steps in (actions if isinstance(actions, dict) else {}).items():
        parts = _ACTION.fullmatch(str(name))
        if parts is None or parts["when"] not in fc3.ACTION_WHEN:
            near = difflib.get_close_matches(str(name).partition("-")[0], fc3.ACTION_WHEN, 1, 0.5)
            code = "misspelt-key" if near else "unknown-key"
            mend = f"Write {'-, '.join(near or fc3.ACTION_WHEN)}- and the command, such as `pre-deploy`."
            document.findings.add(code, document.mark((*path, name)), f"`{name}` is no action", mend)
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            _report(document, differences(step, fc3.ACTION, (*path, name, number)))


def _check_name(document: Document, props: dict[str, Any], path: Path_) -> None:
    name = props.get("functionName")
    if isinstance(name, str) and not _NAME.fullmatch(name):
        mend = "Use up to 128 letters, digits, _ and -, and begin with a letter or _."
        document.findings.add("function-name", document.mark((*path, "functionName")), f"{name!r} is no name", mend)


def _check_code(document: Document, props: dict[str, Any], path: Path_) -> None:
    code = props.get("code")
    if isinstance(code, dict) and "src" not in code and not {"ossBucketName", "ossObjectName"} <= code.keys():
        what = "code is neither a path nor an object in OSS"
        mend = "Write a path, or `ossBucketName` and `ossObjectName`."
        document.findings.add("missing-key", document.mark((*path, "code")), what, mend)


def _check_sizes(document: Document, props: dict[str, Any], path: Path_) -> None:
    cpu, memory = props.get("cpu"), props.get("memorySize")
    if not isinstance(cpu, int | float) or not isinstance(memory, int) or cpu <= 0:
        return
    ratio = memory / 1024 / cpu
    if not RATIO[0] <= ratio <= RATIO[1]:
        what = f"{cpu} vCPU with {memory} MB is 1:{ratio:.2g}"
        mend = f"Set memorySize from {cpu * 1024:g} to {cpu * 4096:g}, or another cpu."
        document.findings.add("cpu-memory", document.mark((*path, "cpu")), what, mend)


def _check_concurrency(document: Document, props: dict[str, Any], path: Path_) -> None:
    runtime, concurrency = props.get("runtime"), props.get("instanceConcurrency")
    if isinstance(runtime, str) and not runtime.startswith("custom") and concurrency not in (None, 1, UNKNOWN):
        what = f"instanceConcurrency does nothing on runtime {runtime}"
        mark = document.mark((*path, "instanceConcurrency"))
        document.findings.add("concurrency", mark, what, "Remove it, or use a custom runtime.")


def _check_hooks(document: Document, props: dict[str, Any], path: Path_) -> None:
    hooks = props.get("instanceLifecycleConfig")
    for name, limit in MAX_HOOK_S.items():
        hook = hooks.get(name) if isinstance(hooks, dict) else None
        timeout = hook.get("timeout") if isinstance(hook, dict) else None
        if isinstance(timeout, int | float) and timeout > limit:
            mark = document.mark((*path, "instanceLifecycleConfig", name, "timeout"))
            what = f"{name} may take {limit} s, not {timeout}"
            document.findings.add("hook-timeout", mark, what, f"Set it to {limit} or less.")


def _check_layers(document: Document, props: dict[str, Any], path: Path_) -> None:
    layers = props.get("layers")
    if not isinstance(layers, list):
        return
    if len(layers) > MAX_LAYERS:
        what = f"{len(layers)} layers, and a function takes {MAX_LAYERS}"
        document.findings.add("too-many-layers", document.mark((*path, "layers")), what, "Join some of them.")
    for number, layer in enumerate(layers):
        parts = _LAYER_REGION.fullmatch(layer) if isinstance(layer, str) else None
        region = props.get("region")
        if parts and isinstance(region, str) and parts["region"] != region:
            what = f"the layer is of {parts['region']}, the function of {region}"
            mark = document.mark((*path, "layers", number))
            document.findings.add("other-region", mark, what, "Publish the layer in the function's region.")


def _check_scaling(document: Document, props: dict[str, Any], path: Path_) -> None:
    if "provisionConfig" in props and "scalingConfig" in props:
        what = "provisionConfig and scalingConfig exclude each other"
        mark = document.mark((*path, "scalingConfig"))
        document.findings.add("scaling-twice", mark, what, "Remove one; scalingConfig is the newer.")
