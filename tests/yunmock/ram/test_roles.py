"""Roles enforced on the vendor's SDKs: what is granted is answered, the rest is refused in each service's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eci20180808 import models as eci_models
from alibabacloud_eci20180808.client import Client as EciClient
from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client as EventBridgeClient
from alibabacloud_eventbridge.models import CloudEvent
from alibabacloud_tea_openapi import models as open_api
from tablestore import (
    INF_MAX,
    INF_MIN,
    BatchGetRowRequest,
    CapacityUnit,
    OTSClient,
    OTSServiceError,
    ReservedThroughput,
    SecondaryIndexMeta,
    TableInBatchGetRowItem,
    TableMeta,
    TableOptions,
)
from tablestore.retry import NoRetryPolicy
from Tea.exceptions import TeaException

from yunmock import local_cloud
from yunmock.eci import permissions as eci
from yunmock.eci import routes as eci_routes
from yunmock.ecs import permissions as ecs
from yunmock.ecs import routes as ecs_routes
from yunmock.eventbridge import permissions as eventbridge
from yunmock.eventbridge import routes as eventbridge_routes
from yunmock.fc import permissions as fc
from yunmock.fc import routes as fc_routes
from yunmock.ram.access import Credentials
from yunmock.ram.errors import InvalidPolicyError
from yunmock.tablestore import permissions as tablestore
from yunmock.tablestore import routes as tablestore_routes

if TYPE_CHECKING:
    from yunmock import Cloud
    from yunmock.ram.access import AccessControl

    Documents = list[dict[str, Any]]

REGION = "cn-hangzhou"
ACCOUNT = f"{REGION}:1000000000000001"
INSTANCE = f"acs:ots:{ACCOUNT}:instance/ledger"
ENDPOINT = f"https://ledger.{REGION}.ots.aliyuncs.com"
NO_PERMISSION = "You have no permission to access the requested resource, please contact the resource owner."
NOON_MS = 1_767_268_800_000
"""2026-01-01T12:00:00Z."""


def ots(keys: Credentials, **options: Any) -> Any:
    """A Tablestore client with the keys of a role."""
    return OTSClient(
        ENDPOINT,
        keys.access_key_id,
        keys.access_key_secret,
        "ledger",
        sts_token=keys.security_token or None,
        retry_policy=NoRetryPolicy(),
        **options,
    )


def make_table(cloud: Cloud) -> None:
    """Make the table `records` with its index `by_kind`, with the account's own keys."""
    keys = Credentials(cloud.account.access_key_id, cloud.account.access_key_secret)
    meta = TableMeta("records", [("id", "STRING")], [("kind", "STRING")])
    index = SecondaryIndexMeta("by_kind", ["kind"], [])
    ots(keys).create_table(meta, TableOptions(), ReservedThroughput(CapacityUnit(0, 0)), [index])


def read_range(client: Any, table: str, *key: str) -> Any:
    """Read a whole table or index."""
    start, end = ([(name, bound) for name in key] for bound in (INF_MIN, INF_MAX))
    return client.get_range(table, "FORWARD", start, end, max_version=1)


# ---------------------------------------------------------------------------------------------------------- Tablestore
def test_a_grant_on_an_index_is_none_on_its_table(cloud: Cloud, access: AccessControl) -> None:
    """An index is a resource of its own; the refusal has the service's code, words and status."""
    make_table(cloud)
    client = ots(access.credentials("index-reader"))

    read_range(client, "by_kind", "kind", "id")
    with pytest.raises(OTSServiceError) as refused:
        read_range(client, "records", "id")

    error = refused.value
    assert (error.get_http_status(), error.get_error_code()) == (403, "OTSNoPermissionAccess")
    assert error.get_error_message() == NO_PERMISSION
    assert access.denied["index-reader"] == {("ots:GetRange", f"{INSTANCE}/table/records")}


def test_a_batch_needs_the_permission_on_each_of_its_tables(cloud: Cloud, access: AccessControl) -> None:
    """Otherwise the whole call is refused."""
    make_table(cloud)
    batch = BatchGetRowRequest()
    batch.add(TableInBatchGetRowItem("by_kind", [[("kind", "a"), ("id", "1")]], max_version=1))
    batch.add(TableInBatchGetRowItem("records", [[("id", "1")]], max_version=1))

    with pytest.raises(OTSServiceError) as refused:
        ots(access.credentials("index-reader")).batch_get_row(batch)

    assert refused.value.get_error_code() == "OTSNoPermissionAccess"


def test_a_call_without_a_table_needs_the_permission_on_the_instance(cloud: Cloud, access: AccessControl) -> None:
    """And both signatures of the SDK work with a role's keys."""
    make_table(cloud)

    assert list(ots(access.credentials("lister")).list_table()) == ["records"]
    assert list(ots(access.credentials("lister"), region=REGION).list_table()) == ["records"]
    with pytest.raises(OTSServiceError, match="no permission"):
        ots(access.credentials("nobody")).list_table()


@pytest.mark.parametrize("token", ["", "another"])
def test_a_temporary_key_needs_its_own_token(access: AccessControl, token: str) -> None:
    """Without it the key does not exist."""
    keys = access.credentials("lister")

    with pytest.raises(OTSServiceError) as refused:
        ots(Credentials(keys.access_key_id, keys.access_key_secret, token)).list_table()

    assert refused.value.get_error_code() == "OTSAuthFailed"
    assert refused.value.get_error_message() == "The AccessKeyID does not exist."


def test_a_wrong_secret_is_found_before_a_missing_permission(access: AccessControl) -> None:
    """A role's name alone does not show what the role may do."""
    keys = access.credentials("nobody")

    with pytest.raises(OTSServiceError) as refused:
        ots(Credentials(keys.access_key_id, "wrong", keys.security_token)).list_table()

    assert refused.value.get_error_message() == "Signature mismatch."
    assert not access.denied["nobody"]


# --------------------------------------------------------------------------------------------------------- EventBridge
def bridge(keys: Credentials) -> Any:
    """An EventBridge client with the keys of a role."""
    config = models.Config(
        access_key_id=keys.access_key_id,
        access_key_secret=keys.access_key_secret,
        security_token=keys.security_token,
        endpoint=f"1000000000000001.eventbridge.{REGION}.aliyuncs.com",
    )
    return EventBridgeClient(config)


def event(bus: str) -> CloudEvent:
    """An event for a bus."""
    return CloudEvent(
        id="1",
        source="test",
        specversion="1.0",
        type="test:Event:Happened",
        datacontenttype="application/json",
        data=b"{}",
        extensions={"aliyuneventbusname": bus},
    )


def test_events_are_published_on_the_granted_bus_only(cloud: Cloud, access: AccessControl) -> None:
    """In EventBridge's words: 403 AccessDenied."""
    own = bridge(Credentials(cloud.account.access_key_id, cloud.account.access_key_secret))
    own.create_event_bus(models.CreateEventBusRequest(event_bus_name="mine"))
    client = bridge(access.credentials("publisher"))

    assert client.put_events([event("mine")]).failed_entry_count == 0
    with pytest.raises(TeaException) as refused:
        client.put_events([event("default")])
    with pytest.raises(TeaException):
        client.create_event_bus(models.CreateEventBusRequest(event_bus_name="mine"))

    assert refused.value.code == "AccessDenied"
    assert [call.status for call in cloud.calls_of("eventbridge", "putEvents")] == [200, 403]
    assert "is forbidden for this operation" in refused.value.message
    assert access.denied["publisher"] == {
        ("eventbridge:PutEvents", f"acs:eventbridge:{ACCOUNT}:eventbus/default"),
        ("eventbridge:CreateEventBus", f"acs:eventbridge:{ACCOUNT}:eventbus/mine"),
    }


# ----------------------------------------------------------------------------------------------------------------- ECI
def groups(keys: Credentials, region: str = REGION, **settings: Any) -> Any:
    """DescribeContainerGroups with the keys of a role."""
    config = open_api.Config(
        access_key_id=keys.access_key_id,
        access_key_secret=keys.access_key_secret,
        security_token=keys.security_token,
        endpoint="eci.cn-hangzhou.aliyuncs.com",
        **settings,
    )
    request = eci_models.DescribeContainerGroupsRequest(region_id=region)
    return EciClient(config).describe_container_groups(request).body


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SHA256", "v2"])
def test_container_groups_are_read_in_the_granted_region_only(access: AccessControl, algorithm: str) -> None:
    """With both signatures; refused in ECI's words: 403 Forbidden.RAM."""
    keys = access.credentials("eci-reader")

    assert groups(keys, signature_algorithm=algorithm).total_count == 0
    with pytest.raises(TeaException) as refused:
        groups(keys, "cn-beijing", signature_algorithm=algorithm)

    assert (refused.value.code, refused.value.statusCode) == ("Forbidden.RAM", 403)
    assert "User not authorized to operate on the specified resource" in refused.value.message


def test_a_condition_is_evaluated_at_the_clouds_time(cloud: Cloud, access: AccessControl) -> None:
    """A moved clock ends a grant."""
    keys = access.credentials("until-noon")
    cloud.clock.freeze(NOON_MS - 1000)

    assert groups(keys).total_count == 0
    cloud.advance(1)
    with pytest.raises(TeaException, match=r"Forbidden\.RAM"):
        groups(keys)


# --------------------------------------------------------------------------------------------------------------- whole
def test_unused_grants_are_those_that_no_call_has_needed(access: AccessControl) -> None:
    """As the policy has them."""
    keys = access.credentials("eci-reader")
    assert access.unused("eci-reader") == [("eci:DescribeContainerGroups", f"acs:eci:{ACCOUNT}:containergroup/*")]

    groups(keys)

    assert access.unused("eci-reader") == []


def test_an_invalid_policy_is_refused_when_the_cloud_is_made() -> None:
    """The message names the role, the policy and the element."""
    valid: Any = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

    with pytest.raises(InvalidPolicyError, match=r"role broken, policy 1\.Statement\[0\]\.Effect"):
        local_cloud(roles={"broken": [valid, {"Version": "1", "Statement": [{"Effect": "Maybe"}]}]})


def test_every_call_that_is_answered_has_a_permission() -> None:
    """A call without one would be refused to every role."""
    answered = {path.rpartition("/")[2] for path in (eventbridge_routes.PUT_EVENTS, *eventbridge_routes.CALLS)}

    assert set(tablestore_routes.CALLS) == set(tablestore.TABLES)
    assert answered == set(eventbridge.ACTIONS)
    assert set(eci_routes.CALLS) == set(eci.ACTIONS)
    assert set(ecs_routes.CALLS) == set(ecs.ACTIONS)
    assert {route.operation for route in fc_routes.ROUTES} == {*fc.ACTIONS, fc.HTTP_TRIGGER}


def test_a_call_whose_permission_is_not_known_is_refused_to_roles(
    access: AccessControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even to one that may do everything with the service."""
    keys = access.credentials("lister")
    monkeypatch.delitem(tablestore.TABLES, "ListTable")

    with pytest.raises(OTSServiceError, match="no permission"):
        ots(keys).list_table()
