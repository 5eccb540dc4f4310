"""The calls on search indexes: there are none, and only the call that lists them is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.tablestore.messages import pb

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from yunmock.tablestore.context import RequestContext


def list_search_index(_ctx: RequestContext, _request: None) -> Message:
    """ListSearchIndex: an empty list, so that a client's clean-up goes on.

    Its message is not among those loaded here. An empty message of any kind has the same bytes.
    """
    answer: Message = pb.ListTableResponse()
    return answer
