"""Queues are part of the cloud's state, and their cost does not grow with their length."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tests.yunmock.conftest import Place
from tests.yunmock.mns.conftest import NOW_MS, QueueClient, batch, client_of

from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from pathlib import Path

ENDS = {"eventbridge": "x", "fc": "https://x.cn-hangzhou.fc.aliyuncs.com"}


def test_queues_survive_the_process(tmp_path: Path) -> None:
    """A second process finds the queue, the message, its count of receipts and the handle of the first."""
    handles = []
    for number in range(2):
        cloud = local_cloud(data=tmp_path / "cloud.sqlite")
        cloud.clock.freeze(NOW_MS)
        with mock_aliyun(cloud):
            client = client_of(Place(cloud, ENDS))
            if number == 0:
                client.create(MaximumMessageSize=2048)
                client.send("kept")
                handles.append(client.receive().fields["ReceiptHandle"])
            else:
                assert client.attributes()["MaximumMessageSize"] == "2048"
                assert client.attributes()["InactiveMessages"] == "1"
                assert client.delete(handles[0]).status == 204
        cloud.close()


def test_snapshot_and_reset(here: Place, client: QueueClient) -> None:
    """A restored snapshot brings messages back; a reset deletes the queues."""
    client.send("one")
    snapshot = here.cloud.snapshot()
    client.delete(client.receive().fields["ReceiptHandle"])
    here.cloud.restore(snapshot)

    assert client.receive().fields["MessageBody"] == "one"
    here.cloud.reset()
    assert client.receive().error == (404, "QueueNotExist")


def test_every_message_has_one_receiver(everywhere: QueueClient) -> None:
    """Eight receivers at the same time get each message once, and delete them all."""
    for number in range(4):
        entries: list[dict[str, object]] = [{"MessageBody": f"m{number}-{place}"} for place in range(16)]
        assert everywhere.call("POST", "/queues/q/messages", batch("Messages", "Message", entries)).status == 201
    received: list[str] = []

    def drain() -> None:
        while (answer := everywhere.receive(query="?numOfMessages=3")).status == 200:
            for row in answer.rows:
                received.append(row["MessageBody"])
                assert everywhere.delete(row["ReceiptHandle"]).status == 204

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(drain) for _ in range(8)]:
            done.result()

    assert sorted(received) == sorted(f"m{number}-{place}" for number in range(4) for place in range(16))
    counts = everywhere.attributes()
    assert {counts[name] for name in ("ActiveMessages", "InactiveMessages", "DelayMessages")} == {"0"}


def test_flat_costs(here: Place, client: QueueClient, monkeypatch: Any) -> None:
    """Sending, receiving and deleting do the same number of operations in a short queue and in a long one."""
    queues: Any = here.cloud.services["mns"]
    spaces = [vars(queues.state)[name] for name in ("_queues", "_messages", "_sent", "_counter")]
    count = [0]

    def counted(space: Any, name: str) -> None:
        original = getattr(space, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            count[0] += 1
            return each(result) if name == "scan" else result

        monkeypatch.setattr(space, name, call)

    def each(rows: Any) -> Any:
        for row in rows:
            count[0] += 1
            yield row

    for space in spaces:
        for name in ("get", "put", "delete", "scan"):
            counted(space, name)

    def cost() -> int:
        before = count[0]
        client.send()
        client.delete(client.receive().fields["ReceiptHandle"])
        return count[0] - before

    short = cost()
    for number in range(2000):
        queues.send("acs:mns:cn-hangzhou:1000000000000001:queues/q", f"m{number}")
    assert cost() == short
