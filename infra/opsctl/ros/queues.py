"""The template's queues on a local cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.mns.errors import MnsError
from yunmock.mns.service import MnsService

if TYPE_CHECKING:
    from opsctl.ros.template import RosTemplate
    from yunmock import Cloud

QUEUE = "ALIYUN::MNS::Queue"


def create(cloud: Cloud, template: RosTemplate) -> None:
    """Create the template's queues on a local cloud; one that exists stays as it is."""
    service = cloud.services["mns"]
    assert isinstance(service, MnsService)
    for made in template.of_type(QUEUE).values():
        attributes = {key: value for key, value in made.items() if key != "QueueName"}
        try:
            service.create_queue(str(made["QueueName"]), **attributes)
        except MnsError as error:
            if error.code != "QueueAlreadyExist":
                raise
