"""Functions and triggers as a template declares them, or as the API makes them.

Names and defaults are those of the fc3 component (github.com/devsapp/fc3, src/default/config.ts).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from yunmock.json_types import JsonObject

DEFAULT_TIMEOUT_S = 3
DEFAULT_MEMORY_MB = 512
DEFAULT_HOOK_TIMEOUT_S = 3
DEFAULT_ASYNC_RETRIES = 3
DEFAULT_ASYNC_AGE_S = 86_400

# The runtimes whose context carries no credentials and whose log fields lie at the top level:
# https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/context-1
BARE_CONTEXT_RUNTIMES = frozenset({"python3.12"})
PYTHON_RUNTIMES = frozenset({"python3", "python3.9", "python3.10", "python3.12"})


@dataclass(frozen=True, slots=True)
class Trigger:
    """What invokes a function.

    Attributes:
        config: the triggerConfig as written.
        role: the ARN of the role that invokes it.
        created_ms: when the API made it, in milliseconds since the epoch; 0 if a template did.
    """

    name: str
    type: str
    config: JsonObject = field(default_factory=dict)
    source_arn: str = ""
    description: str = ""
    role: str = ""
    created_ms: int = 0
    modified_ms: int = 0


@dataclass(frozen=True, slots=True)
class Hook:
    """A lifecycle hook: `module.function` and how many seconds it may take."""

    handler: str
    timeout_s: float = DEFAULT_HOOK_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class AsyncConfig:
    """How asynchronous invocations are handled: retries, age limit, and the ARNs of the destinations."""

    retries: int = DEFAULT_ASYNC_RETRIES
    max_age_s: int = DEFAULT_ASYNC_AGE_S
    on_success: str = ""
    on_failure: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Attributes:
        code: the folder with its code.
        handler: `module.function` within it.
        timeout_s: how long one invocation may take.
        role: the ARN of the role whose credentials the function gets.
        environment: its own variables, without those of the runtime.
        code_size: how many bytes its package has; 0 if a template deployed it.
        code_checksum: the CRC-64 of its package.
        created_ms: when the API made it, in milliseconds since the epoch; 0 if a template did.
    """

    name: str
    runtime: str
    handler: str
    code: Path
    timeout_s: float = DEFAULT_TIMEOUT_S
    memory_mb: int = DEFAULT_MEMORY_MB
    description: str = ""
    role: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    initializer: Hook | None = None
    pre_stop: Hook | None = None
    log_project: str = ""
    log_store: str = ""
    triggers: tuple[Trigger, ...] = ()
    asynchronous: AsyncConfig = field(default_factory=AsyncConfig)
    code_size: int = 0
    code_checksum: str = ""
    created_ms: int = 0
    modified_ms: int = 0
