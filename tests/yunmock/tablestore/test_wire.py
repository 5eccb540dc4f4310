"""Headers, digests, signatures, and what is refused before any operation is looked at."""

from __future__ import annotations

import base64
import hashlib
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tablestore import Condition, OTSClientError, OTSServiceError, Row
from tablestore.auth import RequestContext

from yunmock.http import Request, Response
from yunmock.tablestore.messages import filter_pb, pb
from yunmock.tablestore.plainbuffer import HEADER, decode_row

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = [("id", "a")]
REGIONS = [None, "cn-hangzhou"]


@pytest.fixture(params=REGIONS, ids=["V2", "V4"])
def signed(request: pytest.FixtureRequest, make_client: Any) -> Callable[[str, bytes], Request]:
    """Makes requests that the vendor's SDK has signed, in both versions of the signature."""
    client = make_client(region=request.param)

    def sign(operation: str, body: bytes = b"") -> Request:
        context = RequestContext(client.credentials_provider.get_credentials())
        headers = client.protocol._make_request_headers(body, f"/{operation}", client._signer, context)
        return Request("POST", f"/{operation}", {k.lower(): v for k, v in headers.items()}, body)

    return sign


def error(response: Response) -> Any:
    """The refusal in a response."""
    return pb.Error.FromString(response.body)


@pytest.mark.parametrize("region", REGIONS, ids=["V2", "V4"])
def test_both_signatures_are_accepted_and_given(make_client: Any, region: str | None) -> None:
    """The SDK, which checks the answer's signature, is content with either version."""
    assert make_client(region=region).list_table() == ()


@pytest.mark.parametrize("region", REGIONS, ids=["V2", "V4"])
def test_a_wrong_secret_is_refused(cloud: Any, make_client: Any, refused: Any, region: str | None) -> None:
    """A request signed with another secret is refused."""
    client = make_client(region=region)
    cloud.account = replace(cloud.account, access_key_secret="another")

    with refused("OTSAuthFailed", "Signature mismatch.", 403):
        client.list_table()


def test_an_unknown_key_is_refused(cloud: Any, client: Any, refused: Any) -> None:
    """A request under another access key is refused, with `strict_keys` in the service's words."""
    cloud.account = replace(cloud.account, access_key_id="another", strict_keys=True)

    with refused("OTSAuthFailed", "The AccessKeyID does not exist.", 403):
        client.list_table()


def test_a_foreign_key_is_refused_with_the_reason(cloud: Any, client: Any) -> None:
    """Where any key pair is accepted, the message says why Tablestore is the exception, and which pair to use."""
    cloud.account = replace(cloud.account, access_key_id="another")

    with pytest.raises(OTSServiceError) as refused:
        client.list_table()

    assert (refused.value.get_http_status(), refused.value.get_error_code()) == (403, "OTSAuthFailed")
    message = refused.value.get_error_message()
    assert message.startswith("The AccessKeyID does not exist. Every other service of yunmock accepts any key pair")
    assert "the answer is signed with the caller's secret" in message
    assert message.endswith("use the key pair of the cloud's account, another.")


def test_signatures_can_be_left_unchecked(cloud: Any, client: Any, service: Any) -> None:
    """With verification off any key may ask; its SDK still finds that the answer was signed by another."""
    service.settings.verify_signatures = False
    cloud.account = replace(cloud.account, access_key_id="another")

    with pytest.raises(OTSClientError, match="Invalid access key id in response"):
        client.list_table()


def test_every_signed_header_counts(cloud: Any, signed: Any) -> None:
    """Changing, adding or removing any x-ots-* header breaks the signature, or is refused for itself."""
    good = signed("ListTable")
    assert cloud.handle("tablestore", good).status == 200
    names = [name for name in good.headers if name.startswith("x-ots-")]
    for name in names:
        headers = {**good.headers, name: good.headers[name] + "x"}
        assert cloud.handle("tablestore", replace(good, headers=headers)).status == 403, name
        del headers[name]
        assert cloud.handle("tablestore", replace(good, headers=headers)).status in (400, 403), name
    headers = {**good.headers, "x-ots-more": "x"}
    assert cloud.handle("tablestore", replace(good, headers=headers)).status == 403


def test_a_changed_body_is_refused(cloud: Any, signed: Any) -> None:
    """A body that is not the one whose digest was signed is refused."""
    answer = cloud.handle("tablestore", replace(signed("ListTable"), body=b"x"))

    assert answer.status == 403
    assert error(answer).message == "Mismatch between MD5 value of request body and x-ots-contentmd5 in header."


@pytest.mark.parametrize(
    "name",
    ["x-ots-date", "x-ots-apiversion", "x-ots-accesskeyid", "x-ots-instancename", "x-ots-contentmd5"],
)
def test_a_missing_header_is_named(cloud: Any, signed: Any, name: str) -> None:
    """Each required header is missed by its name."""
    good = signed("ListTable")
    headers = {header: value for header, value in good.headers.items() if header != name}
    answer = cloud.handle("tablestore", replace(good, headers=headers))

    assert (answer.status, error(answer).message) == (400, f"Missing header: '{name}'.")


def test_a_compressed_request_is_refused(cloud: Any, signed: Any) -> None:
    """What some SDKs can send compressed is refused by the header that says so."""
    good = signed("ListTable")
    answer = cloud.handle(
        "tablestore", replace(good, headers={**good.headers, "x-ots-request-compress-type": "deflate"})
    )

    assert "x-ots-request-compress-type" in error(answer).message


def test_an_endpoint_may_have_a_path(cloud: Any, signed: Any) -> None:
    """A path before the operation, which the SDK does not sign, is passed over."""
    answer = cloud.handle("tablestore", replace(signed("ListTable"), path="/behind/a/proxy/ListTable"))

    assert answer.status == 200
    assert [call.operation for call in cloud.calls_of("tablestore")] == ["ListTable"]


def test_only_posts_are_answered(cloud: Any, signed: Any) -> None:
    """Another method is refused."""
    answer = cloud.handle("tablestore", replace(signed("ListTable"), method="GET"))

    assert (answer.status, error(answer).code) == (405, "OTSMethodNotAllowed")


def test_answers_carry_what_sdks_check(cloud: Any, signed: Any) -> None:
    """Good answers and refusals alike carry digest, id, date, content type and authorization."""
    for request in (signed("ListTable"), signed("Nothing")):
        answer = cloud.handle("tablestore", request)
        headers = answer.headers
        assert headers["x-ots-contentmd5"] == base64.b64encode(hashlib.md5(answer.body).digest()).decode()  # noqa: S324 - the protocol's digest
        assert headers["x-ots-date"] == request.headers["x-ots-date"]
        assert headers["x-ots-contenttype"] == "protocol buffer"
        assert headers["Authorization"].startswith(f"OTS {cloud.account.access_key_id}:")
        assert len(headers["x-ots-requestid"]) == 36


def test_dates_are_checked_when_asked(cloud: Any, client: Any, service: Any, refused: Any) -> None:
    """With a permitted skew set, a request dated further off is refused; without, the clock may be anywhere."""
    cloud.clock.advance(3600)
    client.list_table()
    service.settings.clock_skew_ms = 900_000

    with refused("OTSAuthFailed", status=403):
        client.list_table()
    cloud.clock.reset()
    client.list_table()


def test_a_date_that_is_none_is_refused(cloud: Any, service: Any, signed: Any) -> None:
    """With a permitted skew set, what is no date is refused as such."""
    service.settings.clock_skew_ms = 900_000
    service.settings.verify_signatures = False
    good = signed("ListTable")
    answer = cloud.handle("tablestore", replace(good, headers={**good.headers, "x-ots-date": "today"}))

    assert (answer.status, error(answer).message) == (400, "Invalid date format: today.")


@pytest.mark.parametrize("instance", ["-a", "a_b", "a" * 64, "../x"])
def test_an_instance_name_is_checked(make_client: Any, refused: Any, instance: str) -> None:
    """What cannot be the name of an instance is refused."""
    with refused("OTSParameterInvalid", f"Invalid instance name: '{instance}'.", 400):
        make_client(instance=instance).list_table()


def test_an_operation_nobody_knows_is_named(cloud: Any, signed: Any) -> None:
    """An operation that is not answered is refused by its name."""
    answer = cloud.handle("tablestore", signed("HelloWorld"))

    assert (answer.status, error(answer).code) == (400, "OTSUnsupportOperation")
    assert error(answer).message == "Unsupported operation: 'HelloWorld'. yunmock does not emulate it."


def test_an_unknown_field_is_refused(cloud: Any, table: str, signed: Any) -> None:
    """A field that newer SDKs may send and yunmock does not know is refused, not ignored."""
    change = pb.BatchWriteRowRequest()
    change.tables.add(table_name=table)
    unknown = change.SerializeToString() + b"\x20\x01"  # field 4
    answer = cloud.handle("tablestore", signed("BatchWriteRow", unknown))

    assert error(answer).message == "Unknown field 4 of BatchWriteRowRequest. yunmock does not emulate it."


def test_an_increment_answers_its_sum_on_request(cloud: Any, client: Any, table: str, signed: Any) -> None:
    """RT_AFTER_MODIFY, which the Python SDK cannot ask for, answers the columns it names as they are now."""
    client.put_row(table, Row(KEY, [("n", 5), ("other", 1)]))
    asked: list[bytes] = []
    request = client.protocol.encoder
    request._use_native_encoder = False
    message = request.encode_request(
        "UpdateRow", table, Row(KEY, {"INCREMENT": [("n", 2)]}), Condition("IGNORE"), None, None
    )
    message.return_content.return_type = pb.RT_AFTER_MODIFY
    message.return_content.return_column_names.append("n")
    asked.append(message.SerializeToString())
    answer = pb.UpdateRowResponse.FromString(cloud.handle("tablestore", signed("UpdateRow", asked[0])).body)

    assert [(cell.name, cell.value) for cell in decode_row(answer.row).cells] == [("n", 7)]


def test_a_page_of_columns(cloud: Any, client: Any, table: str, signed: Any) -> None:
    """A column pagination filter, which the Python SDK cannot send, takes columns by their position."""
    client.put_row(table, Row(KEY, [(f"c{n}", n) for n in range(5)]))
    found = _paged(cloud, table, client, signed, offset=1, limit=2)

    assert [cell.name for cell in decode_row(found.row).cells] == ["c1", "c2"]


@pytest.mark.parametrize(
    ("offset", "limit", "message"),
    [
        (-1, 1, "Offset in ColumnPaginationFilter must be greater than or equal to 0."),
        (0, 0, "Limit in ColumnPaginationFilter must be greater than 0."),
    ],
)
def test_a_page_that_breaks_a_rule_is_refused(
    cloud: Any, client: Any, table: str, signed: Any, offset: int, limit: int, message: str
) -> None:
    """A negative offset and an empty page are refused."""
    with pytest.raises(AssertionError, match=message):
        _paged(cloud, table, client, signed, offset=offset, limit=limit)


def _paged(cloud: Any, table: str, client: Any, signed: Any, **page: int) -> Any:
    encoder = client.protocol.encoder
    encoder._use_native_encoder = False
    message = encoder.encode_request("GetRow", table, KEY, None, None, 1, None, None, None, None, None)
    pages = filter_pb.ColumnPaginationFilter(**page).SerializeToString()
    message.filter = filter_pb.Filter(type=filter_pb.FT_COLUMN_PAGINATION, filter=pages).SerializeToString()
    answer = cloud.handle("tablestore", signed("GetRow", message.SerializeToString()))
    assert answer.status == 200, error(answer).message
    return pb.GetRowResponse.FromString(answer.body)


def test_split_points_divide_by_size(cloud: Any, client: Any, table: str, signed: Any) -> None:
    """ComputeSplitPointsBySize cuts where the rows before reach the size, in the order of the keys."""
    for n in range(6):
        client.put_row(table, Row([("id", f"k{n}")], [("x", "x" * 95)]))  # 100 bytes a row
    ask = pb.ComputeSplitPointsBySizeRequest(table_name=table, split_size=2, split_size_unit_in_byte=100)
    response = cloud.handle("tablestore", signed("ComputeSplitPointsBySize", ask.SerializeToString()))
    answer = pb.ComputeSplitPointsBySizeResponse.FromString(response.body)

    assert [decode_row(point).key[0].value for point in answer.split_points] == ["k2", "k4"]
    assert [column.name for column in answer.schema] == ["id"]
    assert answer.locations[0].repeat == 3


def test_split_size_is_positive(cloud: Any, table: str, signed: Any) -> None:
    """A split of no size is refused."""
    ask = pb.ComputeSplitPointsBySizeRequest(table_name=table, split_size=0)
    answer = cloud.handle("tablestore", signed("ComputeSplitPointsBySize", ask.SerializeToString()))

    assert error(answer).message == "The split size must be greater than 0."


@pytest.mark.parametrize("part", ["stream_spec", "sse_spec", "partitions"])
def test_what_a_table_cannot_have_is_refused(cloud: Any, client: Any, signed: Any, part: str) -> None:
    """A table with a stream, a key of one's own or pre-made partitions is refused, and says for which it is."""
    ask = pb.CreateTableRequest()
    ask.table_meta.table_name = "events"
    ask.table_meta.primary_key.add(name="id", type=pb.STRING)
    ask.reserved_throughput.capacity_unit.read = 0
    ask.table_options.time_to_live, ask.table_options.max_versions = -1, 1
    if part == "partitions":
        ask.partitions.add(begin=b"a", end=b"b")
    elif part == "stream_spec":
        ask.stream_spec.enable_stream = True
    else:
        ask.sse_spec.enable, ask.sse_spec.key_type = True, pb.SSE_BYOK
    answer = cloud.handle("tablestore", signed("CreateTable", ask.SerializeToString()))

    assert f"CreateTable with {part}" in error(answer).message
    assert client.list_table() == ()


# ---- broken input: always a refusal, never an exception, never a bug's answer

OPERATIONS = ["PutRow", "GetRow", "UpdateRow", "DeleteRow", "GetRange", "BatchWriteRow", "BatchGetRow", "CreateTable"]


def _survives(cloud: Any, request: Request) -> Response:
    answer: Response = cloud.handle("tablestore", request)
    assert answer.status < 500, (request.path, request.body, error(answer).message)
    assert answer.headers["x-ots-requestid"]
    if answer.status != 200:
        assert error(answer).code.startswith("OTS")
        assert error(answer).message
    return answer


@pytest.fixture
def bodies(client: Any, table: str) -> dict[str, bytes]:
    """One good request body of each operation on rows."""
    encoder = client.protocol.encoder
    encoder._use_native_encoder = False
    row, condition = Row(KEY, [("x", "text"), ("n", 1), ("d", 1.5), ("b", bytearray(b"z"))]), Condition("IGNORE")
    encode = encoder.encode_request
    messages = {
        "PutRow": encode("PutRow", table, row, condition, None, None),
        "UpdateRow": encode(
            "UpdateRow", table, Row(KEY, {"PUT": [("x", 1)], "DELETE_ALL": ["y"]}), condition, None, None
        ),
        "DeleteRow": encode("DeleteRow", table, KEY, condition, None, None),
        "GetRow": encode("GetRow", table, KEY, None, None, 1, None, None, None, None, None),
    }
    return {name: message.SerializeToString() for name, message in messages.items()}


def test_good_bodies_are_accepted(cloud: Any, signed: Any, bodies: Any) -> None:
    """What the broken bodies are made of is good."""
    for operation, body in bodies.items():
        assert cloud.handle("tablestore", signed(operation, body)).status == 200


def test_cut_bodies_are_refused(cloud: Any, signed: Any, bodies: Any) -> None:
    """A body cut anywhere is refused."""
    for operation, body in bodies.items():
        for size in range(len(body)):
            _survives(cloud, signed(operation, body[:size]))


def test_changed_bytes_are_refused_or_read(cloud: Any, signed: Any, bodies: Any) -> None:
    """A body with any byte changed is read as something else or refused, and the service stays up."""
    chance = random.Random(4)  # noqa: S311 - a test's own dice
    for operation, body in bodies.items():
        for _ in range(300):
            changed = bytearray(body)
            changed[chance.randrange(len(changed))] = chance.randrange(256)
            _survives(cloud, signed(operation, bytes(changed)))


def test_noise_is_refused(cloud: Any, signed: Any) -> None:
    """Random bytes are no request of any operation."""
    chance = random.Random(5)  # noqa: S311 - a test's own dice
    for operation in OPERATIONS:
        for _ in range(60):
            _survives(cloud, signed(operation, chance.randbytes(chance.randrange(1, 80))))


def test_changed_rows_are_refused(cloud: Any, table: str, client: Any, signed: Any, bodies: Any) -> None:
    """A row whose bytes were changed does not pass its checksums: nothing else than what was sent is ever stored."""
    request = pb.PutRowRequest.FromString(bodies["PutRow"])
    row = bytes(request.row)
    for place in range(len(HEADER), len(row)):
        request.row = row[:place] + bytes((row[place] ^ 0x55,)) + row[place + 1 :]
        assert _survives(cloud, signed("PutRow", request.SerializeToString())).status == 400, place
    assert client.get_row(table, KEY)[1] is None


def test_a_bug_is_answered_and_logged(
    cloud: Any, client: Any, table: str, refused: Any, caplog: Any, monkeypatch: Any
) -> None:
    """A bug of the service answers OTSInternalServerError and leaves its traceback in the log, not with the caller."""
    monkeypatch.setattr(cloud.storage, "atomic", None)

    with refused("OTSInternalServerError", "Internal server error.", 500):
        client.put_row(table, Row(KEY, [("x", 1)]))
    assert "a bug in yunmock: b'PutRow' failed" in caplog.text


def test_an_error_reaches_the_sdk_as_one(client: Any, table: str) -> None:
    """A refusal arrives with code, words, status and request id."""
    with pytest.raises(OTSServiceError) as caught:
        client.get_row(table, [("id", 1)])

    assert (caught.value.code, caught.value.http_status) == ("OTSInvalidPK", 400)
    assert len(caught.value.request_id) == 36
