"""Everything that EventBridge keeps, and what works on it: calls take this and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.eventbridge.delivery import Deliverer
from yunmock.eventbridge.registry import RuleRegistry
from yunmock.eventbridge.streams import Streams
from yunmock.eventbridge.traces import Traces

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from yunmock.cloud import Cloud
    from yunmock.readings import Readings


class EventBridgeState:
    """The state of one cloud's EventBridge.

    Attributes:
        account: whose buses these are.
        registry: buses and rules.
        traces: what happened to each event.
        deliverer: publishes events and keeps dead letters.
        streams: the event streams.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._storage = cloud, cloud.storage
        self.account = cloud.account
        self.registry = RuleRegistry(cloud)
        self.traces = Traces(cloud)
        self.deliverer = Deliverer(cloud, self.registry, self.traces)
        self.streams = Streams(cloud, self.deliverer.dead_letter)

    @property
    def acts_as_cloud(self) -> bool:
        """Whether the account's own keys may publish on the bus `default` as Alibaba Cloud does."""
        return self._cloud.act_as_cloud

    @property
    def readings(self) -> Readings:
        """How what the vendor's pages leave open is answered."""
        return self._cloud.readings

    def atomic(self) -> AbstractContextManager[None]:
        """Everything inside happens at once."""
        return self._storage.atomic()
