"""What the catalogue knows of an ECI event name.

Source: "ECI events", help.aliyun.com/zh/eci, in its Chinese, English and Japanese editions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from opsledger.catalog.templates import Template

__all__ = ["MODULES", "EciReason", "KubernetesType", "Module"]

KubernetesType = Literal["Normal", "Warning"]
"""The type of a Kubernetes event. The Japanese edition of the page translates it; the service does not."""

Module = Literal[
    "instance",
    "image-cache",
    "data-cache",
    "virtual-node",
    "ram-role",
    "vswitch",
    "security-group",
    "eni",
    "eip",
    "sls",
    "maintenance",
]
"""The part of ECI that an event is about: the sections of the page, and the rows of its resource table."""

MODULES: Final[tuple[Module, ...]] = get_args(Module)
"""Every module, in the order of the page."""


class EciReason(NamedTuple):
    """One event name: its type, the module it is about and every message it comes with.

    `type` is None where the page states none (system O&M events); an event's own type then stands alone.
    """

    reason: str
    type: KubernetesType | None
    module: Module
    templates: tuple[Template, ...]
