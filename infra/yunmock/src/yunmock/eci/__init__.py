"""Elastic Container Instance (ECI): container groups and their events, told through the vendor's API."""

from yunmock.eci.errors import ContainerGroupNotFoundError
from yunmock.eci.service import EciService

__all__ = ["ContainerGroupNotFoundError", "EciService"]
