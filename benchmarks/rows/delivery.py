"""The way from PutEvents to the stored record in one process, through the vendor's SDKs."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest import mock

from alibabacloud_eventbridge import models
from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import CloudEvent, Config

from benchmarks import recording, stub_store, workload
from benchmarks.measure import Measurement, Side, Threshold, ratio, wall
from benchmarks.row_values import values
from benchmarks.sizes import Sizes
from opsctl.cli.local import INSTANCE, default_template, endpoint
from opsctl.ros import rules
from opsledger import settings
from opsledger.handlers import events, invocation
from opsledger.store import Written
from opsledger.store.tables import LEDGER, RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opsledger.store import Put
    from yunmock.eventbridge.service import EventBridgeService

ENTRIES = 16
"""The limit of one PutEvents call."""


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """One event per call and sixteen, with moto's way to a queue beside them, then an event stream."""
    taken = [[figure for side in SIDES for figure in _in_new_process(side, sizes)] for _ in range(sizes.rounds)]
    ours, ours_bulk, peer, peer_bulk, replayed, idle, stored, streamed = map(tuple, zip(*taken, strict=True))
    names = ("ours: bus → rule → function → store", "moto: bus → rule → SQS")
    mine, moto = map(Side, names, (ours, peer))
    everything, moto_bulk = map(Side, names, (ours_bulk, peer_bulk))
    floor = Side("our function and client, answers replayed", replayed)
    yield Measurement(
        "publish → rule → function → store, in process, singly",
        "ms",
        (mine, moto),
        (
            Threshold("ours, p50 in ms", mine.median, 5),
            Threshold("ours ÷ moto's bus → rule → SQS", ratio(mine, moto), 1),
        ),
        f"Each sample is the median of {sizes.single_events} events in a new process, because both sides leave much "
        "work for the garbage collector. A queue is the nearest to a function that moto offers.",
    )
    yield Measurement(
        f"publish → rule → function → store, in process, {ENTRIES} a call",
        "events/s",
        (
            everything,
            moto_bulk,
            floor,
            Side("bus → rule → a function that does nothing", idle),
            Side("the two store calls alone", stored),
        ),
        (
            Threshold("ours, events a second", statistics.median(ours_bulk), 1000, at_least=True),
            Threshold("floor: without the time of the local cloud, events a second", floor.median, 1000, at_least=True),
            Threshold("ours ÷ our function and client, answers replayed", ratio(everything, floor), 0.6, at_least=True),
        ),
        "The rule starts one invocation for each event, as EventBridge does, and each makes two store calls. "
        "The floor is the function and its client alone, with its HTTP: answers are replayed below `http.client`. The "
        "last two are what else an event needs: the same way with a handler that returns at once, and one read and one "
        "write of the event's rows by the function's client.",
    )
    yield Measurement(
        f"messages → event stream → function → store, in process, batches of {workload.BATCH}",
        "events/s",
        (Side("ours: stream → function → store", streamed),),
        (Threshold("ours, events a second", statistics.median(streamed), 1000, at_least=True),),
        "An event stream delivers the waiting events as one array (CountBasedWindow). A batch makes two store calls.",
    )


def _in_new_process(side: str, sizes: Sizes) -> list[float]:
    """The figures of `side`, measured in a new process."""
    program = (
        f"from benchmarks.rows import delivery; delivery.show({side!r}, {sizes.single_events}, {sizes.bulk_events})"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def show(side: str, single_events: int, bulk_events: int) -> None:
    """Print the figures of `side` as JSON."""
    sys.stdout.write(json.dumps(SIDES[side](Sizes(single_events=single_events, bulk_events=bulk_events))) + "\n")


def _ours(sizes: Sizes) -> tuple[float, float]:
    """Milliseconds per event, and events per second in bulk."""
    numbers = count()
    with _route() as (client, store, _), contextlib.redirect_stdout(stub_store.SILENT):
        single = _median_ms(lambda: client.put_events(_models(numbers, 1)), sizes.single_events)
        calls = [_models(numbers, ENTRIES) for _ in range(sizes.bulk_events // ENTRIES)]
        rate = ENTRIES / _mean_s(client.put_events, calls)
        assert sum(1 for _ in store.walk(LEDGER, [])) == next(numbers), (
            "not every event is stored when its call returns"
        )
    return single, rate


def _moto(sizes: Sizes) -> tuple[float, float]:
    from benchmarks.peers import moto_event_route  # noqa: PLC0415 - only this side needs it

    with moto_event_route.route() as moto:
        single = _median_ms(lambda: moto.put(1), sizes.single_events)
        return single, moto_event_route.ENTRIES / _mean_s(
            moto.put, [moto_event_route.ENTRIES] * (sizes.bulk_events // ENTRIES)
        )


def _replayed(sizes: Sizes) -> tuple[float]:
    """Events per second of our function with recorded replies, one event per invocation."""
    payloads = [json.dumps(workload.event(n)).encode() for n in range(sizes.bulk_events)]
    recorded = recording.record(payloads[0])
    with stub_store.answering_on_connections(recorded.replies, recorded.environment):
        return (1 / _mean_s(stub_store.handle, payloads),)


def _idle(sizes: Sizes) -> tuple[float]:
    """Events per second in bulk to a function that does nothing."""
    numbers = count()
    handled: list[object] = []
    with _route() as (client, _, _), mock.patch.object(events, "handle", lambda event, _context: handled.append(event)):
        calls = [_models(numbers, ENTRIES) for _ in range(sizes.bulk_events // ENTRIES)]
        rate = ENTRIES / _mean_s(client.put_events, calls)
    assert len(handled) == next(numbers), "not every event came to the function"
    return (rate,)


def _stored(sizes: Sizes) -> tuple[float]:
    """Events per second that the function's client reads and writes, their rows made before."""
    rows = [values(workload.batch(n, 1)) for n in range(sizes.bulk_events)]
    with recording.function_on_yunmock():
        store = invocation.open_store(settings.read(None))

        def read_and_write(puts: Sequence[Put]) -> None:
            assert not store.read([put.key for put in puts if put.key.table is RECORDS])
            assert set(store.write(puts)) == {Written.LANDED}

        return (1 / _mean_s(read_and_write, rows),)


def _streamed(sizes: Sizes) -> tuple[float]:
    """Events per second through an event stream."""
    with _route() as (client, store, bridge), contextlib.redirect_stdout(stub_store.SILENT):
        named = models.TargetParameter(form="CONSTANT", value="opsledger-ecs-events")
        client.create_event_streaming(
            models.CreateEventStreamingRequest(
                event_streaming_name="bulk",
                source=models.Source(source_mnsparameters=models.SourceMNSParameters(queue_name="bulk")),
                sink=models.Sink(sink_fc_parameters=models.SinkFcParameters(function_name=named)),
                filter_pattern="{}",
                run_options=models.RunOptions(batch_window=models.BatchWindow(workload.BATCH, 15)),
            )
        )
        client.start_event_streaming(models.StartEventStreamingRequest(event_streaming_name="bulk"))
        batches = [
            [workload.event(first + n) for n in range(workload.BATCH)]
            for first in range(0, sizes.bulk_events, workload.BATCH)
        ]
        bridge.streams.feed("bulk", batches.pop())
        rate = workload.BATCH / _mean_s(lambda batch: bridge.streams.feed("bulk", batch), batches)
        assert sum(1 for _ in store.walk(LEDGER, [])) == (1 + len(batches)) * workload.BATCH, (
            "not every event is stored"
        )
    return (rate,)


SIDES: dict[str, Callable[[Sizes], tuple[float, ...]]] = {
    "ours": _ours,
    "moto": _moto,
    "replayed": _replayed,
    "idle": _idle,
    "stored": _stored,
    "streamed": _streamed,
}


def _median_ms(job: Callable[[], object], times: int) -> float:
    for _ in range(3):
        job()
    return statistics.median(wall(job)() for _ in range(times)) * 1000


def _mean_s(job: Callable[[Any], object], arguments: Sequence[Any]) -> float:
    started = time.perf_counter()
    for argument in arguments:
        job(argument)
    return (time.perf_counter() - started) / len(arguments)


@contextlib.contextmanager
def _route() -> Iterator[tuple[Client, TablestoreStore, EventBridgeService]]:
    """Deploy s.yaml on a local cloud; yields a client of its bus, the store of the function, and the bus."""
    template = default_template()
    cloud = local_cloud(
        template=template, rules=rules.to_deploy(template), function_environment=INSTANCE, act_as_cloud=True
    )
    with mock_aliyun(cloud):
        key_id, secret = cloud.account.access_key_id, cloud.account.access_key_secret
        store = TablestoreStore(
            open_client(INSTANCE["OTS_ENDPOINT"], INSTANCE["OTS_INSTANCE"], key_id, secret, None), "opsledger_"
        )
        store.create_tables()
        host = endpoint(cloud, "eventbridge")
        client = Client(Config(access_key_id=key_id, access_key_secret=secret, endpoint=host))
        yield client, store, cloud.services["eventbridge"]
    cloud.close()


def _models(numbers: Iterator[int], entries: int) -> list[CloudEvent]:
    made = []
    for _ in range(entries):
        event = workload.event(next(numbers))
        attributes = {n: event[n] for n in ("id", "source", "specversion", "type", "time")}
        made.append(
            CloudEvent(
                **attributes,
                datacontenttype="application/json",
                data=json.dumps(event["data"]).encode(),
                extensions={"aliyuneventbusname": "default"},
            )
        )
    return made
