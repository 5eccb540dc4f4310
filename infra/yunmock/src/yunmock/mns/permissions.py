"""Which permission each call of Simple Message Queue needs.

The page of each call ("Authorization information", such as https://www.alibabacloud.com/help/doc-detail/35134.htm):
the action is `mns:` and the call's name, the resource `acs:mns:<region>:<account>:/queues/<queue>`, for messages with
`/messages` behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.mns.errors import MnsError
from yunmock.mns.signature import caller
from yunmock.mns.wire import region_of
from yunmock.ram.access import PermissionDeniedError
from yunmock.ram.policy import Permission

if TYPE_CHECKING:
    from yunmock.cloud import Cloud
    from yunmock.http import Request


def check(cloud: Cloud, request: Request, operation: str) -> None:
    """Refuse a call that its caller's role may not make.

    Raises:
        MnsError: AccessDenied.
    """
    arn = f"acs:mns:{region_of(request, cloud.account)}:{cloud.account.account_id}:{request.path}"
    try:
        cloud.authorize(caller(request), [Permission(f"mns:{operation}", arn)])
    except PermissionDeniedError:
        raise MnsError("AccessDenied") from None
