"""Elastic Container Instance (ECI): container groups and their events."""

from yunmock.eci.errors import ContainerGroupNotFoundError
from yunmock.eci.service import EciService

__all__ = ["ContainerGroupNotFoundError", "EciService"]
