"""State changes of disks, images and network interfaces: one life per resource.

CloudMonitor's list of system events names the three types (DescribeSystemEventMetaList, AlibabaCloudDocs/cms) and no
page describes their contents. The fields are those of public handlers; everything else about a content is as in
`notices`: it is kept as it comes.
"""

from __future__ import annotations

from typing import ClassVar

from opsledger.catalog.content import ReadContext, Sample  # noqa: TC001 - pydantic may read any annotation of this module
from opsledger.catalog.ecs.notices import ResourceNotice


class ResourceState(ResourceNotice):
    """A state that a resource reached; when it did is in the envelope alone."""

    status_field = "state"
    status_fields = ("state", "currentState", "status")
    began_fields = ()
    ended_fields = ()
    no_status = "Unknown"

    def _entity_id(self, _fields: object, resource: str, _context: ReadContext) -> str:
        return resource


class DiskState(ResourceState):
    """`Disk:StateChange`."""

    id_fields = ("diskId", "resourceId")
    raw_marks = frozenset({"diskId", "state"})
    sample: ClassVar[Sample] = {"*": {"diskId": "{disk_id}", "state": "{status}"}}


class ImageState(ResourceState):
    """`Image:StateChange`."""

    status_field = "currentState"
    id_fields = ("imageId", "resourceId")
    raw_marks = frozenset({"imageId", "currentState"})
    sample: ClassVar[Sample] = {"*": {"imageId": "{image_id}", "currentState": "{status}"}}


class NetworkInterfaceState(ResourceState):
    """`NetworkInterface:StateChange`."""

    id_fields = ("networkInterfaceId", "eniId", "resourceId")
    raw_marks = frozenset({"networkInterfaceId", "state"})
    sample: ClassVar[Sample] = {"*": {"networkInterfaceId": "{network_interface_id}", "state": "{status}"}}
