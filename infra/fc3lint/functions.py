"""Check the file as a whole, and the properties of each function."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from fc3lint.document import UNKNOWN, dig, mapping
from fc3lint.file_models import File, Resource, Step
from fc3lint.function_models import function_model
from fc3lint.validation import validate
from yunmock.s_yaml import EDITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fc3lint.document import Document
    from yunmock.s_yaml import Keys

MAX_LAYERS = 5
MAX_HOOK_S = {"initializer": 300, "preStop": 90}
MAX_GPU_HOOK_S = 300
RATIO = (1.0, 4.0)
"""GB of memory for each vCPU."""
ACTION_PREFIXES = ("pre", "success", "fail", "complete")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", re.ASCII)
_LAYER_REGION = re.compile(r"acs:fc:(?P<region>[\w-]+):[\w-]*:layers/.+")
_ACTION = re.compile(rf"({'|'.join(ACTION_PREFIXES)})-([\w-]+|\$\{{regex\(.+\)\}})")


def check_file(document: Document) -> None:
    """Check the keys of the file, its resources and its actions."""
    root = document.root
    if "edition" in root and str(root["edition"]) not in EDITIONS:
        message = f"edition must be 3.0.0; {root['edition']!r} is not"
        document.add("edition", ("edition",), message, "Write `edition: 3.0.0`.")
    validate(document, File, root, ())
    _check_actions(document, root.get("actions"), ("actions",))
    for name, resource in mapping(root.get("resources")).items():
        validate(document, Resource, resource, ("resources", name))
        _check_actions(document, dig(resource, "actions"), ("resources", name, "actions"))


def check_names(document: Document, functions: Mapping[str, Mapping[str, object]]) -> None:
    """Find resources that deploy the same function."""
    if not functions and "resources" in document.root:
        message = "no resource uses the component fc3"
        document.add("no-function", ("resources",), message, "Write `component: fc3`.")
    seen: dict[tuple[str, str], str] = {}
    for resource, props in functions.items():
        name = props.get("functionName")
        if not isinstance(name, str):
            continue
        first = seen.setdefault((str(props.get("region")), name), resource)
        if first != resource:
            keys = ("resources", resource, "props", "functionName")
            message = f"the resource `{first}` already deploys the function {name!r}"
            document.add("duplicate-function", keys, message, "Use another name.")


def check_function(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    """Check the properties of one function."""
    validate(document, function_model(props.get("runtime"), gpu="gpuConfig" in props), props, keys)
    for check in (
        _check_name,
        _check_code,
        _check_sizes,
        _check_concurrency,
        _check_hooks,
        _check_layers,
        _check_scaling,
    ):
        check(document, props, keys)


def _check_actions(document: Document, actions: object, keys: Keys) -> None:
    for name, steps in mapping(actions).items():
        if not _ACTION.fullmatch(str(name)):
            near = difflib.get_close_matches(str(name).partition("-")[0], ACTION_PREFIXES, 1, 0.5)
            suggestion = f"; did you mean `{near[0]}-…`?" if near else ""
            fix = f"Write {'-, '.join(near or ACTION_PREFIXES)}- and the command, such as `pre-deploy`."
            code = "misspelt-key" if near else "unknown-key"
            document.add(code, (*keys, name), f"unknown action `{name}`{suggestion}", fix)
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            validate(document, Step, step, (*keys, name, number))


def _check_name(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    name = props.get("functionName")
    if isinstance(name, str) and not _NAME.fullmatch(name):
        fix = "Use up to 128 letters, digits, _ and -, and begin with a letter or _."
        document.add("function-name", (*keys, "functionName"), f"{name!r} is not a valid function name", fix)


def _check_code(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    code = props.get("code")
    if isinstance(code, dict) and "src" not in code and not {"ossBucketName", "ossObjectName"} <= code.keys():
        fix = "Write a path, or `ossBucketName` and `ossObjectName`."
        document.add("missing-key", (*keys, "code"), "code names neither a path nor an object in OSS", fix)


def _check_sizes(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    cpu, memory = props.get("cpu"), props.get("memorySize")
    if "gpuConfig" in props or not isinstance(cpu, int | float) or not isinstance(memory, int) or cpu <= 0:
        return
    ratio = memory / 1024 / cpu
    if not RATIO[0] <= ratio <= RATIO[1]:
        message = f"{cpu} vCPU with {memory} MB is a ratio of 1:{ratio:.2g}; it must be between 1:1 and 1:4"
        fix = f"Set memorySize from {cpu * 1024:g} to {cpu * 4096:g}, or change cpu."
        document.add("cpu-memory", (*keys, "cpu"), message, fix)


def _check_concurrency(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    runtime, concurrency = props.get("runtime"), props.get("instanceConcurrency")
    if isinstance(runtime, str) and not runtime.startswith("custom") and concurrency not in (None, 1, UNKNOWN):
        message = f"instanceConcurrency has no effect on the runtime {runtime}"
        document.add("concurrency", (*keys, "instanceConcurrency"), message, "Remove it, or use a custom runtime.")


def _check_hooks(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    for name, usual in MAX_HOOK_S.items():
        limit = MAX_GPU_HOOK_S if "gpuConfig" in props else usual
        timeout = dig(props, "instanceLifecycleConfig", name, "timeout")
        if isinstance(timeout, int | float) and timeout > limit:
            where = (*keys, "instanceLifecycleConfig", name, "timeout")
            message = f"the timeout of {name} must be at most {limit}; {timeout} is not"
            document.add("hook-timeout", where, message, f"Use {limit} or less.")


def _check_layers(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    layers, region = props.get("layers"), props.get("region")
    if not isinstance(layers, list):
        return
    if len(layers) > MAX_LAYERS:
        message = f"a function takes at most {MAX_LAYERS} layers; this has {len(layers)}"
        document.add("too-many-layers", (*keys, "layers"), message, "Merge some of them.")
    for number, layer in enumerate(layers):
        parts = _LAYER_REGION.fullmatch(layer) if isinstance(layer, str) else None
        if parts and isinstance(region, str) and parts["region"] != region:
            message = f"the layer is in {parts['region']}, the function in {region}"
            document.add("other-region", (*keys, "layers", number), message, f"Publish the layer in {region}.")


def _check_scaling(document: Document, props: Mapping[str, object], keys: Keys) -> None:
    if "provisionConfig" in props and "scalingConfig" in props:
        message = "provisionConfig and scalingConfig cannot be used together"
        document.add("scaling-twice", (*keys, "scalingConfig"), message, "Remove one; scalingConfig is the newer one.")
