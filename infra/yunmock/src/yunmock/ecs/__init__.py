"""Elastic Compute Service (ECS): instances, disks and their system events."""

from yunmock.ecs.errors import EventNotFoundError, ResourceNotFoundError
from yunmock.ecs.service import EcsService

__all__ = ["EcsService", "EventNotFoundError", "ResourceNotFoundError"]
