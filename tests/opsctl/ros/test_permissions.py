"""Least privilege: each function runs under its own role of the template, and needs everything that it is granted."""

from __future__ import annotations

import base64
import copy
import json
import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from opsctl import sample
from opsctl.ros import queues
from opsctl.ros.roles import policies
from opsctl.ros.template import RosTemplate, read
from opsledger import catalog
from opsledger.deadline import Deadline, SystemClock
from opsledger.ecs_reconciler.comparing import NoteUnknown
from opsledger.ledger import queries
from opsledger.ledger.commit import commit
from opsledger.ledger.migration import Migration, NoteMigration
from opsledger.ledger.reconciled import MEANINGS
from opsledger.notify.deliveries import PlanDelivery, planned
from opsledger.notify.plan import Intent, Stage, StageKind
from opsledger.queues import parts
from opsledger.store.tables import REPLACED_BY
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import Fault, local_cloud
from yunmock.mock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud
    from yunmock.fc.service import FunctionComputeService
    from yunmock.ram.access import AccessControl
    from yunmock.services import Invocation

ENDPOINT, INSTANCE = "https://opsledger.cn-hangzhou.ots.aliyuncs.com", "opsledger"
NAMES = ("ecs-events", "eci-events", "eci-poller", "ecs-reconciler", "sweeper", "notifier", "redriver", "console")
FUNCTIONS = tuple(f"opsledger-{name}" for name in NAMES)
ECS, ECI, POLLER, RECONCILER, SWEEPER, NOTIFIER, REDRIVER, CONSOLE = FUNCTIONS
ROLES = tuple(f"{function}-cn-hangzhou" for function in FUNCTIONS)
NOWHERE = '{"channels": {"ops": {"url": "http://127.0.0.1:1/", "kind": "webhook"}}, "allow_private": true}'
"""A channel that nobody listens on."""
NOW_MS = 1_767_225_600_000
DAY_MS = 86_400_000
TICK = json.dumps({"payload": "{}"}).encode()
NOT_CHECKED = {"log:PostLogStoreLogs", "mns:ReceiveMessage", "mns:DeleteMessage"}
"""yunmock has no log service; and the vendor's pages disagree on what a batch of messages needs (the template says)."""
RETRIES_S = 360
"""Longer than all retries of an asynchronous invocation take."""
TABLE = "acs:ots:cn-hangzhou:1000000000000001:instance/opsledger/table/opsledger_"


class Account:
    """The functions of s.yaml on a local cloud, each under its role."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.eci: Any = cloud.services["eci"]
        self.ecs: Any = cloud.services["ecs"]
        keys = cloud.account.access_key_id, cloud.account.access_key_secret
        self.store = TablestoreStore(open_client(ENDPOINT, INSTANCE, *keys, None), "opsledger_")
        self.store.create_tables()

    @property
    def access(self) -> AccessControl:
        """What the roles may do, and what they have asked for."""
        assert self.cloud.access is not None
        return self.cloud.access

    def invoke(self, function: str, payload: bytes, *, asynchronous: bool = False) -> Invocation:
        """Invoke a function."""
        functions = cast("FunctionComputeService", self.cloud.services["fc"])
        return functions.invoke(function, payload, asynchronous=asynchronous)

    def result(self, function: str, payload: bytes = TICK) -> Any:
        """The result of a function that must not fail."""
        answer = self.invoke(function, payload)
        assert answer.ok, f"{function}: {answer.error}"
        return json.loads(answer.body)

    def replay(self, root: Path, every: int = 1) -> None:
        """Deliver each event of `events/`, or every tenth, and what is no event, to the functions that take them."""
        for path in sorted((root / "events").rglob("*.json"))[::every]:
            for function in (ECS, ECI):
                if function.split("-")[1] in (path.parts[-3], path.name.split("-")[0]) or path.name.startswith("batch"):
                    self.result(function, path.read_bytes())
        for function in (ECS, ECI):
            self.result(function, b"no event at all")

    def let_time_pass(self) -> None:
        """Let an event become overdue: one that was due long ago."""
        spec = catalog.find("ecs:Instance:SystemMaintenance.Reboot")[0]
        then = self.cloud.clock.now_ms() - 90 * DAY_MS
        self.result(ECS, json.dumps(sample.event(spec, "Scheduled", "cloudevent", seed="old", now_ms=then)).encode())

    def interrupt_poll(self) -> None:
        """Poll, and fail after the round has begun, so that the next poll resumes it."""
        self.cloud.faults.add(Fault(service="eci", code="Forbidden.RAM", status=403, times=1))
        assert not self.invoke(POLLER, TICK).ok

    def let_ecs_tell(self) -> None:
        """Let ECS have events: one that is known to the catalogue, one that is not, and the end of a spot instance."""
        instance = self.ecs.create_instance("cn-hangzhou", "web", spot_strategy="SpotAsPriceGo")
        self.ecs.schedule_event(instance, "SystemFailure.Reboot", on_bus=False)
        self.ecs.schedule_event(instance, "NoSuchType", on_bus=False)
        self.ecs.interrupt_instance(instance)

    def find_problem(self) -> None:
        """Let there be a verdict that the notifier has to send."""
        records = list(queries.records(self.store, queries.Filter(kind="system-event")))
        clock = SystemClock()  # the functions' own
        unknown = [NoteUnknown(record, "cn-beijing", clock.now_ms()) for record in records]
        commit(self.store, unknown, Deadline(clock, 10), "test")

    def plan_delivery(self) -> None:
        """Let there be a message that is due."""
        clock = SystemClock()
        stage = Stage(StageKind.STEP, "Scheduled", clock.now_ms(), "critical")
        intent = Intent("due", "ecs:event:e-1", stage, "ops", clock.now_ms() - DAY_MS, "group")
        commit(self.store, [PlanDelivery(planned(intent, clock.now_ms(), muted=False))], Deadline(clock, 10), "test")

    def give_up(self, function: str) -> None:
        """Invoke a function asynchronously and let each retry fail."""
        self.cloud.faults.add(Fault(service="tablestore", code="OTSAuthFailed", status=403, times=-1))
        self.invoke(function, TICK, asynchronous=True)
        self.cloud.advance(RETRIES_S)
        self.cloud.faults.clear()

    @contextmanager
    def lost_race(self) -> Iterator[None]:
        """Within the block, the first write of one record finds that another handler was faster."""
        fault = Fault(
            service="tablestore",
            operation="BatchWriteRow",
            code="OTSConditionCheckFail",
            status=403,
            rows=frozenset({1}),  # behind its row in the ledger
            matches=lambda request: b"records_v3" in request.body,
        )
        self.cloud.faults.add(fault)
        yield
        assert not fault.times

    def lose_races(self, group: str) -> None:
        """Let each function that records events lose a race, except the redriver."""
        for minutes, function in enumerate((ECS, ECI)):
            then = self.cloud.clock.now_ms() + minutes * 60_000
            self.result(ECS, state_change("Pending", then))
            with self.lost_race():
                self.result(function, state_change("Running", then + 30_000))
        self.eci.set_status(group, "Succeeded")
        with self.lost_race():
            self.result(POLLER)

    def look(self, path: str, **query: str) -> Any:
        """A page of the console as JSON."""
        request = {"rawPath": f"/{path}.json", "queryParameters": query}
        answer = self.result(CONSOLE, json.dumps(request).encode())
        assert answer["statusCode"] == 200, path
        return json.loads(base64.b64decode(answer["body"]))

    def look_at_all(self) -> None:
        """Look at every page of the console."""
        (record, *_) = self.look("now")["records"]
        for query in ({}, {"status": "Scheduled"}, {"resource": record["resource_id"]}, {"open": "1"}, {"q": "none"}):
            self.look("search", **query)
        self.look("record", id=record["record"])
        self.look("resource", id=record["resource_id"])
        for entry in self.look("quarantine")["entries"]:
            self.look("payload", digest=entry["digest"])
        assert self.look("deliveries", state="pending")["deliveries"]
        for page in ("week", "drift", "health"):
            self.look(page)
        self.look("deliveries", message="none")
        assert any(self.look("reconcile", verdict=kind.value)["events"] for kind in MEANINGS)
        event = sample.event(
            catalog.find(record["type"])[0], record["status"], "cloudevent", seed="looked", now_ms=NOW_MS
        )
        self.result(ECS, json.dumps(event | {"id": "looked-for"}).encode())
        assert self.look("search", q="looked-for")["records"]

    def dead_letter(self) -> None:
        """Leave an event among those that EventBridge could not deliver."""
        spec = catalog.find("ecs:Instance:SystemMaintenance.Reboot")[0]
        event = sample.event(spec, "Scheduled", "cloudevent", seed="dead", now_ms=self.cloud.clock.now_ms())
        self.result(ECS, json.dumps(event).encode())
        event = sample.event(spec, "Executing", "cloudevent", seed="dead", now_ms=self.cloud.clock.now_ms())
        arn = f"acs:mns:cn-hangzhou:{self.cloud.account.account_id}:/queues/{queues.UNDELIVERED}/messages"
        self.cloud.queues.send(arn, json.dumps(event))

    def leave_part(self) -> None:
        """Leave a part of a payload whose others are missing."""
        part = parts.split(random.Random(1).randbytes(100_000))[0]  # noqa: S311 - data that cannot be compressed
        self.cloud.queues.send(
            f"acs:mns:cn-hangzhou:{self.cloud.account.account_id}:/queues/{queues.FAILED}/messages", part
        )

    def hand_on(self) -> None:
        """Let a payload fail that is too large for Function Compute's own record."""
        self.cloud.faults.add(Fault(service="tablestore", code="OTSAuthFailed", status=403, times=-1))
        assert self.result(ECS, json.dumps({"large": "x" * 60_000}).encode()) == {"handed_on": 1}
        self.cloud.faults.clear()


def state_change(status: str, now_ms: int) -> bytes:
    """An event that says that an instance is in a status, at that time."""
    spec = catalog.find("ecs:Instance:StateChange")[0]
    return json.dumps(sample.event(spec, status, "cloudevent", seed="raced", now_ms=now_ms)).encode()


def open_account(root: Path, template: RosTemplate, **variables: str) -> Iterator[Account]:
    """The functions of s.yaml under a template's roles."""
    environment = {"OTS_ENDPOINT": ENDPOINT, "OTS_INSTANCE": INSTANCE, "OPSLEDGER_NOTIFY": NOWHERE, **variables}
    cloud = local_cloud(template=root / "s.yaml", function_environment=environment, roles=policies(template))
    queues.create(cloud)
    with mock_aliyun(cloud):
        yield Account(cloud)
    cloud.close()


@pytest.fixture(scope="module")
def used(root: Path) -> Iterator[AccessControl]:
    """The roles after each function has done all that it does."""
    for account in open_account(root, read()):
        account.replay(root)
        account.replay(root, every=10)  # what comes again takes one path, whatever event it is
        account.let_time_pass()
        group = account.eci.create_container_group("cn-hangzhou", "web", status="Running")
        account.eci.add_event(group, "NoSuchReason", "Warning", "?", name="x", kind="Pod", object_name="web")
        account.interrupt_poll()
        for _ in range(2):
            assert account.result(POLLER)["finished"]
        account.lose_races(group)
        assert account.result(RECONCILER)["finished"]
        account.let_ecs_tell()
        assert account.result(RECONCILER)["quarantined"] == 1
        account.find_problem()
        account.result(RECONCILER)  # once more, to name the instances that are new in the records
        assert account.result(SWEEPER)["overdue"]
        assert account.result(NOTIFIER)["pending"]
        account.plan_delivery()
        account.result(SWEEPER)  # once more, to count what is due and was not sent
        account.look_at_all()
        for function in FUNCTIONS:
            account.give_up(function)
        account.hand_on()
        account.dead_letter()
        account.leave_part()
        with account.lost_race():
            redriven = account.result(REDRIVER)
        assert redriven["finished"]
        assert redriven["messages"]  # at least what was handed on: its timer has had others
        yield account.access


@pytest.mark.parametrize("role", ROLES)
def test_a_function_is_granted_everything_it_calls(used: AccessControl, role: str) -> None:
    """Over all events, a resumed poll, a replay, a sweep, and invocations that fail to the last."""
    assert used.allowed[role]
    assert used.denied[role] == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_function_calls_everything_it_is_granted(used: AccessControl, role: str) -> None:
    """A grant that nothing needs is one too many."""
    assert {grant.action for grant in used.unused(role)} <= NOT_CHECKED, used.unused(role)


def test_there_is_a_role_for_each_function_and_no_other() -> None:
    """So the tests above miss none."""
    assert sorted(policies(read())) == sorted(ROLES)


def without(resource: str) -> RosTemplate:
    """The template without the grants on one table or index."""
    template = read()
    content = copy.deepcopy(template.content)
    for role in content["Resources"].values():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                kept = [arn for arn in statement["Resource"] if not str(arn).endswith(f"{resource}'}}")]
                statement["Resource"] = kept or ["acs:ots:*:*:instance/none"]
    return RosTemplate(content, template.values)


def test_a_resumed_round_ends_under_the_role(root: Path) -> None:
    """On its last page too, where it finds what has vanished; it stopped for ever there once, for a missing grant."""
    for account in open_account(root, read()):
        group = account.eci.create_container_group("cn-hangzhou", "web", status="Running")
        account.result(POLLER)
        account.eci.delete_container_group(group)
        account.interrupt_poll()

        polled = account.result(POLLER)

        assert (polled["finished"], polled["recorded"], polled["missing"]) == (True, 1, 1)
        assert account.access.denied[f"{POLLER}-cn-hangzhou"] == set()


def test_a_poll_needs_the_index_of_open_groups(root: Path) -> None:
    """And no other index: a poller without the grant fails, and says which one it lacks."""
    for account in open_account(root, without("eci_groups_open")):
        failed = account.invoke(POLLER, TICK)

        assert "OTSNoPermissionAccess" in failed.error
        assert account.access.denied[f"{POLLER}-cn-hangzhou"] == {("ots:GetRange", f"{TABLE}eci_groups_open")}


def test_functions_that_read_the_old_tables_are_granted_that_alone(root: Path) -> None:
    """While the rows of version 0.1 are moved: everything granted is called, and nothing else."""
    for account in open_account(root, read(OldTables="read"), OPSLEDGER_OLD_TABLES="read"):
        for table in REPLACED_BY:
            account.store.client.create_table(*account.store._definition(table, None))
        for function in (ECS, ECI):  # what one has written, the other finds in the new table
            account.result(function, f"no event, for {function}".encode())
        account.replay(root)
        group = account.eci.create_container_group("cn-hangzhou", "web", status="Running")
        account.result(POLLER)
        account.eci.add_event(group, "NoSuchReason", "Warning", "?", name="x", kind="Pod", object_name="web")
        account.result(POLLER)
        account.let_ecs_tell()
        account.result(RECONCILER)
        for role in (f"{function}-cn-hangzhou" for function in (ECS, ECI, POLLER, RECONCILER)):
            assert account.access.denied[role] == set()
            unused = {grant.resource for grant in account.access.unused(role) if grant.action == "ots:BatchGetRow"}
            assert unused <= {f"{TABLE}cursors"}, role  # whether rows were moved is of no interest meanwhile
        assert ("ots:BatchGetRow", f"{TABLE}records") in account.access.allowed[f"{ECS}-cn-hangzhou"]


def test_a_sweeper_that_reports_is_granted_that_alone(root: Path) -> None:
    """With the template's parameter; without, it sweeps and counts all the same."""
    put = ("cms:PutCustomMetric", "*")
    for granted, template in ((True, read(CustomMetrics="on")), (False, read())):
        for account in open_account(root, template, OPSLEDGER_CLOUDMONITOR="on", FC_REGION="cn-hangzhou"):
            assert account.result(SWEEPER)["finished"]
            reported: Any = account.cloud.services["cloudmonitor"]
            assert bool(reported.list_metrics()) is granted
            assert (put in account.access.allowed[f"{SWEEPER}-cn-hangzhou"]) is granted
            assert (put in account.access.denied[f"{SWEEPER}-cn-hangzhou"]) is not granted


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_refuses_to_start_before_the_rows_are_moved(root: Path, function: str) -> None:
    """Its initializer says what to do; with the setting, or once they are moved, it starts."""
    for account in open_account(root, read()):
        store, clock = account.store, SystemClock()
        commit(store, [NoteMigration(Migration("needed"))], Deadline(clock, 10), "test")
        failed = account.invoke(function, TICK)
        assert not failed.ok
        assert "opsledger migrate" in failed.error
        commit(store, [NoteMigration(Migration("done"))], Deadline(clock, 10), "test")
        assert account.invoke(function, TICK).ok
