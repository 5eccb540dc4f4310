"""The bus `default`: who may publish on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client
from Tea.exceptions import TeaException

from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from tests.yunmock.conftest import Place

    from yunmock.json_types import JsonObject


def as_role(place: Place) -> Any:
    """A client with a security token, as functions have one."""
    account = place.cloud.account
    config = models.Config(
        access_key_id=account.access_key_id,
        access_key_secret=account.access_key_secret,
        security_token="token",
        endpoint=place.endpoints["eventbridge"],
    )
    return Client(config)


def refusal(client: Any, *events: Any) -> TeaException:
    """What PutEvents is refused with."""
    with pytest.raises(TeaException) as refused:
        client.put_events(list(events))
    return refused.value


def test_the_account_acts_as_the_cloud(place: Place, event: Any) -> None:
    """With `act_as_cloud` the account's own keys publish what Alibaba Cloud publishes, so that a test can send it."""
    assert place.put(event("e1")).failed_entry_count == 0


def test_a_role_may_not(place: Place, event: Any) -> None:
    """A role, such as that of a function, may not publish on `default`, but on every other bus."""
    place.bridge.registry.create_bus("mine", "")
    role = as_role(place)

    refused = refusal(role, event("e1"), event("e2", source="my.app"))

    assert refused.code == "AccessDenied"
    assert "only Alibaba Cloud publishes acs.ecs, my.app on the bus default" in refused.message
    assert place.bridge.traces.of_event("default", "e1") == []
    assert role.put_events([event("e1", bus="mine")]).failed_entry_count == 0


def test_kubernetes_events(place: Place, event: Any) -> None:
    """The vendor's kube-eventer publishes events of `acs.cs` on `default` with the user's keys."""
    place.cloud.act_as_cloud = False

    assert as_role(place).put_events([event("e1", source="acs.cs")]).failed_entry_count == 0


def test_nobody_acts_as_the_cloud(event: Any) -> None:
    """By default the account's keys are refused, too; the cloud itself still publishes."""
    cloud = local_cloud()
    with mock_aliyun(cloud):
        account = cloud.account
        host = f"{account.account_id}.eventbridge.{account.region}.aliyuncs.com"
        keys = {"access_key_id": account.access_key_id, "access_key_secret": account.access_key_secret}
        assert refusal(Client(models.Config(**keys, endpoint=host)), event("e1")).code == "AccessDenied"

    sent: JsonObject = {"id": "e1", "source": "acs.ecs", "type": "t", "specversion": "1.0", "data": {}}
    cloud.publisher.publish("default", sent)
    assert len(cloud.services["eventbridge"].traces.of_event("default", "e1")) == 1
    cloud.close()
