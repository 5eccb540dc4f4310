"""Which permission each call of Tablestore needs.

https://www.alibabacloud.com/help/en/tablestore/configure-user-permissions: the action is `ots:` and the call's name;
the resource is `acs:ots:<region>:<account>:instance/<instance>/table/<table>`, with the instance in lower case. A call
on an index names the index as its table; so an index is a resource of its own. A batch needs the permission on each of
its tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yunmock.ram.access import Caller, PermissionDeniedError
from yunmock.ram.policy import Permission
from yunmock.tablestore import errors, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from google.protobuf.message import Message

    from yunmock.cloud import Cloud
    from yunmock.http import Request

INSTANCE = ("",)


def _named(message: Any) -> tuple[str, ...]:
    return (message.table_name,)


def _batch(message: Any) -> tuple[str, ...]:
    return tuple(table.table_name for table in message.tables)


# The tables of each call, from its message; "" stands for the instance itself.
TABLES: dict[str, Callable[[Any], tuple[str, ...]]] = {
    "CreateTable": lambda message: (message.table_meta.table_name,),
    "ListTable": lambda _: INSTANCE,
    "DescribeTable": _named,
    "UpdateTable": _named,
    "DeleteTable": _named,
    "CreateIndex": lambda message: (message.main_table_name,),
    "DropIndex": lambda message: (message.main_table_name,),
    "PutRow": _named,
    "UpdateRow": _named,
    "DeleteRow": _named,
    "GetRow": _named,
    "GetRange": _named,
    "BatchGetRow": _batch,
    "BatchWriteRow": _batch,
    "StartLocalTransaction": _named,
    "CommitTransaction": lambda _: INSTANCE,
    "AbortTransaction": lambda _: INSTANCE,
    "ComputeSplitPointsBySize": _named,
    "ListSearchIndex": lambda _: INSTANCE,
}


def caller(request: Request) -> Caller:
    """Who says to have signed the request."""
    return Caller(request.headers.get("x-ots-accesskeyid", ""), request.headers.get("x-ots-ststoken", ""))


def check(cloud: Cloud, request: Request, message: Message | None) -> None:
    """Refuse a call that its caller's role may not make.

    Raises:
        TablestoreError: OTSNoPermissionAccess.
    """
    try:
        cloud.authorize(caller(request), _asked(cloud, request, message))
    except PermissionDeniedError:
        raise errors.NO_PERMISSION.error() from None


def _asked(cloud: Cloud, request: Request, message: Message | None) -> Iterator[Permission]:
    name, account = wire.operation(request), cloud.account
    action, instance = f"ots:{name}", request.headers["x-ots-instancename"].lower()
    arn = f"acs:ots:{account.region}:{account.account_id}:instance/{instance}"
    if name not in TABLES:
        raise PermissionDeniedError(Permission(action, arn), None)
    for table in TABLES[name](message):
        yield Permission(action, f"{arn}/table/{table}" if table else arn)
