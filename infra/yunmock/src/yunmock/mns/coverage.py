"""What yunmock emulates of Simple Message Queue: queues and their messages."""

from __future__ import annotations

from yunmock.coverage import Coverage
from yunmock.mns import api

TOPICS = "topics are not emulated"
ACCOUNT = "the account has no settings here"

COVERAGE = Coverage(
    service="mns",
    title="Simple Message Queue (SMQ, formerly MNS), 2015-06-06 API",
    sdk=f"aliyun-mns-sdk {api.VERSION}",
    module="mns",
    calls={
        "CreateQueue": "",
        "SetQueueAttributes": "",
        "GetQueueAttributes": "",
        "DeleteQueue": "",
        "ListQueue": "",
        "SendMessage": "without a MessageGroupId",
        "BatchSendMessage": "the same",
        "ReceiveMessage": "with long polling; with a frozen clock it answers at once",
        "BatchReceiveMessage": "the same",
        "PeekMessage": "",
        "BatchPeekMessage": "",
        "DeleteMessage": "",
        "BatchDeleteMessage": "",
        "ChangeMessageVisibility": "",
    },
    refused={
        "SetAccountAttributes": ACCOUNT,
        "GetAccountAttributes": ACCOUNT,
        "CreateTopic": TOPICS,
        "DeleteTopic": TOPICS,
        "ListTopic": TOPICS,
        "SetTopicAttributes": TOPICS,
        "GetTopicAttributes": TOPICS,
        "PublishMessage": TOPICS,
        "Subscribe": TOPICS,
        "Unsubscribe": TOPICS,
        "ListSubscriptionByTopic": TOPICS,
        "SetSubscriptionAttributes": TOPICS,
        "GetSubscriptionAttributes": TOPICS,
        "OpenService": ACCOUNT,
    },
    limits=(
        "The age of a request is not checked, so the clock may be moved.",
        "Messages come by priority, and then in the order in which they became visible. The cloud promises less.",
        "A message comes twice only after its visibility timeout. The cloud may repeat one at any time.",
        "The counts of GetQueueAttributes are exact; the cloud's are approximate.",
        "The vendor announces that these counts will be 0 (help.aliyun.com/document_detail/35131.htm); here they stay.",
        "A queue can be created again as soon as it is deleted. The number of queues is not limited, nor are rates.",
        "LoggingEnabled is stored and has no effect. FIFO queues and dead-letter policies of queues are not emulated.",
        "Faults strike requests, not what Function Compute and EventBridge send.",
        "Unproven: which code a message or a batch over its size gets. Here it is `InvalidArgument` with the range.",
        "Unproven: the status of a batch of which some messages fail: here that of the first failure.",
        "Unproven: a changed MessageRetentionPeriod counts for messages that are in the queue already.",
        "Unproven: FirstDequeueTime of a message that was never received. Here it is 0.",
        "Unproven: ListQueue needs its permission on `/queues`.",
        "Unproven: a resource with percent escapes is accepted signed as sent, or signed without the escapes.",
    ),
)
