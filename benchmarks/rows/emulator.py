"""yunmock and moto: a conditional put, the start of the server, and the reset."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING

import tablestore
from moto import mock_aws
from moto.moto_api._internal.models import moto_api_backend

from benchmarks import servers
from benchmarks.measure import Measurement, Side, Threshold, in_turn, ratio, wall
from benchmarks.peers.dynamodb_table import COLUMNS, DynamoDbPuts
from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.sizes import Sizes

TIMES = 50
LOCAL = {
    "OTS_ENDPOINT": "https://local.cn-hangzhou.ots.aliyuncs.com",
    "OTS_INSTANCE": "local",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "yunmock-access-key-id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "yunmock-access-key-secret",
}
READY = """
import {imports}
import time
started = time.perf_counter()
{start}
{ask}
print(time.perf_counter() - started, flush=True)
"""
YUNMOCK_READY = READY.format(
    imports="http.client, yunmock.server, yunmock.local, yunmock.tablestore.service",
    start="server = yunmock.server.Server(yunmock.local.local_cloud()).start()",
    ask="c = http.client.HTTPConnection(server.address); c.request('POST', '/ListTable'); c.getresponse().read()",
)
MOTO_READY = READY.format(
    imports="http.client, moto.server",
    start="server = moto.server.ThreadedMotoServer('127.0.0.1', 0, verbose=False); server.start()",
    ask="c = http.client.HTTPConnection(*server.get_host_and_port()); c.request('GET', '/'); c.getresponse().read()",
)


def measure(sizes: Sizes) -> Iterator[Measurement]:
    """Measure each of them."""
    yield _put("in process", *_in_process(sizes))
    with servers.yunmock_served() as aliyun, servers.moto_served() as aws:
        ours, moto = TablestorePuts(aliyun), DynamoDbPuts(aws)
        sides = in_turn({"yunmock": wall(ours.put, TIMES), "moto": wall(moto.put, TIMES)}, sizes.rounds, 1000)
    yield _put("on loopback", *sides)
    yield _ready(sizes)
    yield _reset(sizes)


class TablestorePuts:
    """A table, and puts of new rows into it on condition that there is none."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._client = servers.store(environment).client
        meta = tablestore.TableMeta("puts", [("id", "STRING")])
        throughput = tablestore.ReservedThroughput(tablestore.CapacityUnit(0, 0))
        self._client.create_table(meta, tablestore.TableOptions(), throughput)
        self._numbers = count()
        self._columns = [(f"column{n}", "x" * 40) for n in range(COLUMNS)]
        self._condition = tablestore.Condition(tablestore.RowExistenceExpectation.EXPECT_NOT_EXIST)

    def put(self) -> None:
        """Put a new row."""
        row = tablestore.Row([("id", str(next(self._numbers)))], self._columns)
        self._client.put_row("puts", row, self._condition)


def _in_process(sizes: Sizes) -> tuple[Side, Side]:
    """Measure both in turn: each patches the network access of this process."""
    ours, moto = [], []
    for _ in range(sizes.rounds):
        with mock_aliyun():
            rows = TablestorePuts(LOCAL)
            rows.put()
            ours.append(wall(rows.put, TIMES)() * 1000)
        with mock_aws():
            puts = DynamoDbPuts(servers.AWS)
            puts.put()
            moto.append(wall(puts.put, TIMES)() * 1000)
    return Side("yunmock", tuple(ours)), Side("moto", tuple(moto))


def _put(where: str, ours: Side, moto: Side) -> Measurement:
    return Measurement(
        f"emulator: conditional put {where}",
        "ms",
        (ours, moto),
        (Threshold("moto ÷ yunmock", ratio(moto, ours), 2, at_least=True),),
        f"A new row of {COLUMNS} columns through the SDK of each, Tablestore's and boto3.",
    )


def _ready(sizes: Sizes) -> Measurement:
    sides = in_turn(
        {"yunmock": lambda: _seconds_printed_by(YUNMOCK_READY), "moto": lambda: _seconds_printed_by(MOTO_READY)},
        sizes.rounds,
        1000,
    )
    return Measurement(
        "emulator: server ready, after import",
        "ms",
        sides,
        (Threshold("yunmock, ms", sides[0].median, 150),),
        "Until the first request is answered.",
    )


def _reset(sizes: Sizes) -> Measurement:
    cloud = local_cloud()
    with mock_aliyun(cloud):
        rows = TablestorePuts(LOCAL)
        for _ in range(TIMES):
            rows.put()
    sides = in_turn({"yunmock": wall(cloud.reset), "moto": wall(moto_api_backend.reset)}, sizes.rounds, 1000)
    return Measurement("emulator: reset", "ms", sides, (Threshold("yunmock, ms", sides[0].median, 1),))


def _seconds_printed_by(program: str) -> float:
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])  # noqa: S603 - our own program
