"""The calls of the 2015-06-06 API, by what the vendor's SDK sends.

Source: `mns_client.py` of `aliyun-mns-sdk` 1.3.0 on PyPI; `*` stands for a part of the path. The table is here because
that SDK is not among the requirements of yunmock's tests; `tests/apart/mns` compares the two.
"""

from __future__ import annotations

VERSION = "1.3.0"

CALLS = {
    "SetAccountAttributes": "PUT /?accountmeta=true",
    "GetAccountAttributes": "GET /?accountmeta=true",
    "CreateQueue": "PUT /queues/*",
    "DeleteQueue": "DELETE /queues/*",
    "ListQueue": "GET /queues",
    "SetQueueAttributes": "PUT /queues/*?metaoverride=true",
    "GetQueueAttributes": "GET /queues/*",
    "SendMessage": "POST /queues/*/messages",
    "BatchSendMessage": "POST /queues/*/messages",
    "ReceiveMessage": "GET /queues/*/messages",
    "BatchReceiveMessage": "GET /queues/*/messages?numOfMessages=*",
    "DeleteMessage": "DELETE /queues/*/messages?ReceiptHandle=*",
    "BatchDeleteMessage": "DELETE /queues/*/messages",
    "PeekMessage": "GET /queues/*/messages?peekonly=true",
    "BatchPeekMessage": "GET /queues/*/messages?peekonly=true&numOfMessages=*",
    "ChangeMessageVisibility": "PUT /queues/*/messages?ReceiptHandle=*&VisibilityTimeout=*",
    "CreateTopic": "PUT /topics/*",
    "DeleteTopic": "DELETE /topics/*",
    "ListTopic": "GET /topics",
    "SetTopicAttributes": "PUT /topics/*?metaoverride=true",
    "GetTopicAttributes": "GET /topics/*",
    "PublishMessage": "POST /topics/*/messages",
    "Subscribe": "PUT /topics/*/subscriptions/*",
    "Unsubscribe": "DELETE /topics/*/subscriptions/*",
    "ListSubscriptionByTopic": "GET /topics/*/subscriptions",
    "SetSubscriptionAttributes": "PUT /topics/*/subscriptions/*?metaoverride=true",
    "GetSubscriptionAttributes": "GET /topics/*/subscriptions/*",
    "OpenService": "POST /commonbuy/openservice",
}
