"""What a deployment asks of an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack of Resource Orchestration Service.

    Attributes:
        status: as `CREATE_COMPLETE`.
        reason: why it has that status, in the service's words.
        outputs: the template's outputs by name; empty while it is made.
    """

    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        """Whether an operation goes on."""
        return self.status.endswith("IN_PROGRESS")

    @property
    def usable(self) -> bool:
        """Whether the last operation did what was asked."""
        return self.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """A version of a layer.

    Attributes:
        arn: what a function names.
        description: as published; `steps` puts the digest of the content there.
    """

    arn: str
    number: int
    description: str


class Account(Protocol):
    """One region of an account.

    Every method raises WorldFailedError if the service refuses, or does not answer.
    """

    def stack(self, name: str) -> DeployedStack | None:
        """The stack of this name, None if there is none."""

    def create_stack(self, name: str, template: str, parameters: Mapping[str, str]) -> None:
        """Begin to make a stack."""

    def update_stack(self, stack: DeployedStack, template: str, parameters: Mapping[str, str]) -> bool:
        """Begin to change a stack; parameters that are not given keep their values. False if nothing would change."""

    def delete_stack(self, stack: DeployedStack) -> None:
        """Begin to delete a stack; what its template retains stays."""

    def layer_versions(self, name: str) -> Sequence[LayerVersion]:
        """The versions of a layer, the newest first; empty if there is none."""

    def publish_layer(self, name: str, archive: Path, description: str, runtime: str) -> LayerVersion:
        """Publish a version of a layer."""

    def delete_layer(self, version: LayerVersion) -> None:
        """Delete a version of a layer."""

    def serverless_devs(self, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        """Run `s` with these arguments and variables, with its output on the terminal.

        Raises:
            ToolError: it is not installed, or fails.
        """

    def wait(self) -> None:
        """Wait a little before something is looked at again."""
