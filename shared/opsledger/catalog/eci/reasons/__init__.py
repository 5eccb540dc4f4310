"""Every event name of Elastic Container Instance, with the messages it comes with.

One row a name, joined from a file a section of the vendor's page ("ECI events", help.aliyun.com/zh/eci).
The first wording of each message is the Chinese page's English text, which is what the service sends; the
wordings of the English and the Japanese page follow it, so that a message quoted from either is
recognised too.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from opsledger.catalog.eci.reasons import data_cache, image_cache, instance, maintenance, resources, virtual_node
from opsledger.catalog.eci.reasons.reason import MODULES, EciReason, EventType, Module

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ECI_REASONS", "ECI_REASONS_BY_NAME", "MODULES", "EciReason", "EventType", "Module"]

ECI_REASONS: Final[tuple[EciReason, ...]] = (
    *instance.REASONS,
    *image_cache.REASONS,
    *data_cache.REASONS,
    *virtual_node.REASONS,
    *resources.REASONS,
    *maintenance.REASONS,
)
"""Every row, in the order of the page."""

ECI_REASONS_BY_NAME: Final[Mapping[str, EciReason]] = MappingProxyType({row.reason: row for row in ECI_REASONS})
"""The row of an event's `reason`; the names are case-sensitive."""
