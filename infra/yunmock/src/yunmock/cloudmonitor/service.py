"""CloudMonitor: notification policies push what products publish to functions and addresses; custom metrics are kept.

Of the API, PutCustomMetric alone is answered (`custom_metrics`).

How a policy is made by the API is not emulated: `add_policy` makes one, here or over HTTP. A push that fails is
repeated three times; the receiver has 5 seconds to answer
(https://www.alibabacloud.com/help/en/cloudmonitor/latest/configure-callbacks-for-system-event-triggered-alerts). The
page does not say how long CloudMonitor waits between attempts, nor how it invokes a function.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from yunmock import outgoing
from yunmock.checks import one_of
from yunmock.cloudmonitor.alert import LEVELS, alert, read_event
from yunmock.cloudmonitor.custom_metrics import API, CustomMetrics
from yunmock.cloudmonitor.policy import NotificationPolicy, PolicyPush, decode, encode
from yunmock.exact_json import write_json
from yunmock.http import Response
from yunmock.named_calls import NamedCalls
from yunmock.recent import Recent
from yunmock.rpc.front import RpcService

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yunmock.cloud import Cloud
    from yunmock.faults import Fault
    from yunmock.http import Request
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.storage import Space

SERVICE = "cloudmonitor"
BUS = "default"
RETRIES = 3
RETRY_S = 10
WAIT_S = 5.0
KEPT_PUSHES = 10_000
KEPT_BYTES = 8 * 1024 * 1024
PUSH_BYTES = 300
OK = range(200, 300)
JSON_CONTENT = {"Content-Type": "application/json", "User-Agent": "yunmock-cloudmonitor"}


class CloudMonitorService(NamedCalls):
    """The notification policies and custom metrics of one cloud."""

    name = service = SERVICE
    calls = ("add_policy", "remove_policy", "list_policies", "list_pushes", "list_metrics")
    gone = LookupError

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self._policies: Space[NotificationPolicy] = cloud.storage.space("cloudmonitor.policy", encode, decode)
        self._pushes: Recent[PolicyPush] = Recent(KEPT_PUSHES, KEPT_BYTES)
        self._metrics = CustomMetrics(cloud)
        self._api = RpcService(cloud, API, self._metrics)
        cloud.workers[SERVICE] = self._work
        cloud.on_event.append(self._see)
        cloud.on_reset.append(self._pushes.clear)

    def add_policy(self, name: str, target: str, names: Sequence[str] = (), levels: Sequence[str] = ()) -> None:
        """Make a policy, or replace the one with its name.

        Args:
            name: its name, which pushes carry as `strategyName`.
            target: an address (http:// or https://), or the name of a function, which is invoked asynchronously.
            names: names of events to push, such as `Instance:StateChange`, with or without their status; all if empty.
            levels: CRITICAL, WARN, INFO; all if empty.

        Raises:
            ValueError: the name or the target is empty, a level is unknown.
        """
        if not name or not target:
            raise ValueError("a policy has a name and a target")
        if isinstance(names, str) or isinstance(levels, str):
            raise TypeError("names and levels are lists")
        checked = tuple(one_of("level", level, LEVELS) for level in levels)
        self._policies.put(name.encode(), NotificationPolicy(name, target, tuple(map(str, names)), checked))

    def remove_policy(self, name: str) -> None:
        """Delete a policy; its retries end.

        Raises:
            LookupError: there is none of that name.
        """
        if self._policies.get(name.encode()) is None:
            raise LookupError(f"there is no policy {name!r}")
        self._policies.delete(name.encode())

    def list_policies(self) -> list[JsonValue]:
        """The policies by name."""
        return [dict(asdict(policy)) for _, policy in self._policies.scan()]

    def list_pushes(self, policy: str | None = None) -> list[JsonValue]:
        """The newest attempts of a policy, or of all, the oldest first."""
        return [dict(asdict(push)) for push in self._pushes.items() if policy in (None, push.policy)]

    def newest_pushes(self, most: int) -> list[PolicyPush]:
        """The newest attempts, the newest first."""
        return self._pushes.items()[: -most - 1 : -1]

    def list_metrics(self, name: str | None = None) -> list[JsonValue]:
        """The newest data of a custom metric, or of all, the oldest first."""
        return [dict(datum._asdict()) for datum in self._metrics.data(name)]

    def operation(self, request: Request) -> str:
        """The call's name as the API spells it."""
        return self._api.operation(request)

    def handle(self, request: Request) -> Response:
        """The answer to PutCustomMetric; any other call is refused: policies are made with `add_policy`."""
        action = self.operation(request)
        if action in API.calls:
            return self._api.handle(request)
        message = f"yunmock's CloudMonitor answers PutCustomMetric alone, not [{action[:100]}]; use add_policy"
        content: JsonObject = {"Code": "ActionNotSupported", "Message": message}
        return Response(404, {"Content-Type": "application/json"}, write_json(content).encode())

    def fail(self, request: Request, fault: Fault) -> Response:
        """The error that a fault asks for."""
        return self._api.fail(request, fault)

    def _see(self, bus: str, event: JsonObject) -> None:
        """Push an event that a product has published to every policy that wants it."""
        seen = read_event(event, self._cloud.clock.now()) if bus == BUS else None
        if seen is None:
            return
        for _, policy in list(self._policies.scan()):
            if policy.wants(seen):
                body = write_json(alert(seen, self._cloud.account.account_id, policy.name))
                self._push(policy, seen.id, body, 0, self._cloud.clock.now_ms())

    def _work(self, payload: JsonObject, due_ms: int) -> None:
        """Repeat a push; do nothing if its policy is gone."""
        policy = self._policies.get(str(payload["policy"]).encode())
        if policy is not None:
            self._push(policy, str(payload["event"]), str(payload["body"]), int(str(payload["retry"])), due_ms)

    def _push(self, policy: NotificationPolicy, event: str, body: str, retry: int, at_ms: int) -> None:
        status, error = self._send(policy.target, body.encode())
        ok, due = not error, None
        if not ok and retry < RETRIES:
            due = at_ms + RETRY_S * 1000
            job: JsonObject = {"policy": policy.name, "event": event, "body": body, "retry": retry + 1}
            self._cloud.scheduler.add(SERVICE, due, job)
        self._pushes.add(PolicyPush(policy.name, event, at_ms, ok, status, error, due), PUSH_BYTES + len(error))

    def _send(self, target: str, body: bytes) -> tuple[int | None, str]:
        """The status of the answer, and why the push failed or an empty text."""
        if "://" not in target:
            invoked = self._cloud.invoker.invoke(target, body, asynchronous=True)
            return invoked.status, "" if invoked.accepted else invoked.error
        try:
            status = outgoing.post(self._cloud, target, JSON_CONTENT, body, wait_s=WAIT_S).status
        except outgoing.NotSentError as error:
            return None, str(error)
        return status, "" if status in OK else f"the receiver answered {status}"
