"""Every refusal of Tablestore: its code, its HTTP status, its message.

Sources: help.aliyun.com/en/tablestore/developer-reference/error-codes (2026-05), the same page of 2021 (API
reference, error codes), and the wording that the vendor's own SDK tests assert. Where the pages disagree the tests win.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.errors import RefusalError

if TYPE_CHECKING:
    from yunmock.faults import Fault

# Each code with its HTTP status, and the message for a fault that gives a code and no message.
ERRORS: dict[str, tuple[int, str]] = {
    "OTSAuthFailed": (403, "OTSAuthFailed"),
    "OTSNoPermissionAccess": (403, "OTSNoPermissionAccess"),
    "OTSConditionCheckFail": (403, "Condition check failed."),
    "OTSQuotaExhausted": (403, "Too frequent table operations."),
    "OTSNotEnoughCapacityUnit": (403, "Remaining capacity unit is not enough."),
    "OTSCapacityUnitExhausted": (403, "OTSCapacityUnitExhausted"),
    "OTSParameterInvalid": (400, "OTSParameterInvalid"),
    "OTSInvalidPK": (400, "OTSInvalidPK"),
    "OTSOutOfRowSizeLimit": (400, "OTSOutOfRowSizeLimit"),
    "OTSOutOfColumnCountLimit": (400, "OTSOutOfColumnCountLimit"),
    "OTSUnsupportOperation": (400, "OTSUnsupportOperation"),
    "OTSObjectNotExist": (404, "OTSObjectNotExist"),
    "OTSTableNotReady": (404, "The table is not ready."),
    "OTSSessionNotExist": (404, "OTSSessionNotExist"),
    "OTSMethodNotAllowed": (405, "OTSMethodNotAllowed"),
    "OTSRequestTimeout": (408, "Request timeout."),
    "OTSObjectAlreadyExist": (409, "OTSObjectAlreadyExist"),
    "OTSRowOperationConflict": (409, "Data is being modified by the other request."),
    "OTSOperationConflict": (409, "OTSOperationConflict"),
    "OTSOperationThrottled": (403, "OTSOperationThrottled"),
    "OTSRequestBodyTooLarge": (413, "OTSRequestBodyTooLarge"),
    "OTSInternalServerError": (500, "Internal server error."),
    "OTSServerBusy": (503, "Server is busy."),
    "OTSPartitionUnavailable": (503, "The partition is not available."),
    "OTSTimeout": (503, "Operation timeout."),
    "OTSServerUnavailable": (503, "Server is not available."),
}


class TablestoreError(RefusalError):
    """A refusal by Tablestore; `code` is what a client matches on, such as `OTSParameterInvalid`."""

    errors = ERRORS


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason to refuse; `text` is the template of its message."""

    code: str
    text: str

    def error(self, **values: object) -> TablestoreError:
        """The exception that refuses with these values."""
        return TablestoreError(self.code, message=self.text.format(**values))


def _invalid(text: str) -> Refusal:
    return Refusal("OTSParameterInvalid", text)


# Access and HTTP
NO_SUCH_ACCESS_KEY = Refusal("OTSAuthFailed", "The AccessKeyID does not exist.")
FOREIGN_ACCESS_KEY = Refusal(
    NO_SUCH_ACCESS_KEY.code,
    f"{NO_SUCH_ACCESS_KEY.text} Every other service of yunmock accepts any key pair, but Tablestore's SDK checks that "
    "the answer is signed with the caller's secret, and yunmock knows no secret but its own: use the key pair of the "
    "cloud's account, {key}.",
)
NO_PERMISSION = Refusal(
    "OTSNoPermissionAccess",
    "You have no permission to access the requested resource, please contact the resource owner.",
)
SIGNATURE_MISMATCH = Refusal("OTSAuthFailed", "Signature mismatch.")
CLOCK_SKEW = Refusal("OTSAuthFailed", "Mismatch between system time and x-ots-date: {date}.")
MD5_MISMATCH = Refusal("OTSAuthFailed", "Mismatch between MD5 value of request body and x-ots-contentmd5 in header.")
MISSING_HEADER = _invalid("Missing header: '{name}'.")
INVALID_DATE = _invalid("Invalid date format: {date}.")
INVALID_INSTANCE = _invalid("Invalid instance name: '{name}'.")
BODY_TOO_LARGE = Refusal("OTSRequestBodyTooLarge", "The size of POST data is too large.")
NOT_POST = Refusal("OTSMethodNotAllowed", "Only POST method for requests is supported.")
NOT_EMULATED = Refusal("OTSUnsupportOperation", "Unsupported operation: '{name}'. yunmock does not emulate it.")
FIELD_NOT_EMULATED = Refusal(
    "OTSUnsupportOperation", "Unknown field {number} of {message}. yunmock does not emulate it."
)
FIELD_VALUE = Refusal("OTSUnsupportOperation", "Unknown value {value} of {field}. yunmock does not emulate it.")
INTERNAL = Refusal("OTSInternalServerError", "Internal server error.")
DATA_FILE = Refusal(INTERNAL.code, "{why}")
"""The file that keeps the local cloud's state fails; a person has to know why."""
BROKEN_MESSAGE = _invalid("Parse PBMessage from RawString failed.")

# Tables
TABLE_MISSING = Refusal("OTSObjectNotExist", "Requested table does not exist.")
TABLE_EXISTS = Refusal("OTSObjectAlreadyExist", "Requested table already exists.")
TABLE_NOT_READY = Refusal("OTSTableNotReady", "The table is not ready.")
TOO_MANY_TABLES = Refusal("OTSQuotaExhausted", "Number of tables exceeded the quota.")
TABLE_CALLS_TOO_FREQUENT = Refusal("OTSQuotaExhausted", "Too frequent table operations.")
INVALID_TABLE_NAME = _invalid("Invalid table name: '{name}'.")
KEY_COLUMN_COUNT = _invalid("The number of primary key columns must be in range: [1, {limit}].")
DUPLICATE_KEY_COLUMN = _invalid("Duplicated primary key name: '{name}'.")
KEY_COLUMN_TYPE = _invalid("{type} is an invalid type for the primary key.")
AUTO_INCREMENT_TYPE = _invalid("AUTO_INCREMENT primary key must be integer.")
AUTO_INCREMENT_COUNT = _invalid("AUTO_INCREMENT primary key count must <= 1.")
AUTO_INCREMENT_FIRST = _invalid("First primary key can't be auto increment, table: {table}.")
DEFINED_COLUMN_COUNT = _invalid("The number of defined columns must be in range: [0, {limit}].")
DUPLICATE_DEFINED_COLUMN = _invalid("Duplicated defined column name: '{name}'.")
TTL_MISSING = _invalid("Time-to-live is missing while creating table.")
TTL_INVALID = _invalid("TimeToLive cannot be 0 or less than -1.")
TTL_TOO_SHORT = _invalid("TimeToLive must be -1 or at least {minimum} seconds.")
MAX_VERSIONS_MISSING = _invalid("MaxVersions is missing while creating table.")
MAX_VERSIONS_INVALID = _invalid("The maximum versions cannot be less than or equal to 0.")
DEVIATION_INVALID = _invalid("The maximum deviation must be in range [0, INT64_MAX/1000000].")
CAPACITY_INVALID = _invalid("Invalid Capacity Unit:{units} . Capacity Unit must be nonnegative.")
NO_TABLE_OPTION = _invalid("No parameter is specified in table options.")
NOTHING_TO_UPDATE = _invalid("No parameter is specified in UpdateTable.")

# Secondary indexes
INDEX_READ_ONLY = _invalid("Can't write index table directly.")
INDEX_BUILDING = _invalid("Disallow read index table in building base state")
INDEX_COUNT = _invalid("The number of indexes on one table exceeds the limit: {limit}.")
INDEX_KEY_COUNT = _invalid("The number of index columns must be in range: [1, {limit}].")
INDEX_COLUMN_UNKNOWN = _invalid("Column does not exist:{name}.")
INDEX_COLUMN_TYPE = _invalid("Invalid column type, only STRING,INTEGER,BINARY is allowed.")
INDEX_DUPLICATE_COLUMN = _invalid("Duplicated index column name: '{name}'.")
INDEX_LOCAL_FIRST = _invalid("The first primary key of a local index must be the first primary key of the table.")
INDEX_MAX_VERSIONS = _invalid("Max versions must be 1 on a table with secondary indexes.")
INDEX_MODE = _invalid("A global index is asynchronous and a local index is synchronous.")
INDEX_CUSTOM_TIMESTAMP = _invalid("Timestamp cannot be given on a table with secondary indexes.")
NOT_AN_INDEX = Refusal("OTSObjectNotExist", "Requested index does not exist.")

# Keys and columns of a row
KEY_SIZE = Refusal("OTSInvalidPK", "Validate PK size fail. Input: {given}, Meta: {expected}.")
KEY_NAME = Refusal("OTSInvalidPK", "Validate PK name fail. Input: {given}, Meta: {expected}.")
KEY_TYPE = Refusal("OTSInvalidPK", "Validate PK type fail. Input: {given}, Meta: {expected}.")
KEY_TYPE_NOT_HERE = _invalid("{type} is an invalid type for the primary key.")
KEY_COLUMN_TOO_LONG = _invalid(
    "The length of primary key column: '{name}' exceeds the MaxLength:{limit} with CurrentLength:{length}."
)
KEY_WITH_TIMESTAMP = _invalid("Timestamp cannot be given for primary key name:{name}.")
KEY_WITH_OPERATION = _invalid("OpType cannot be given for primary key name :{name}.")
INVALID_COLUMN_NAME = _invalid("Invalid column name: '{name}'.")
COLUMN_IS_KEY = _invalid("Duplicated attribute column name with primary key column: '{name}'.")
COLUMN_COUNT = _invalid(
    "The number of attribute columns exceeds the limit, limit count: {limit}, column count: {count}."
)
COLUMN_TOO_LONG = _invalid(
    "The length of attribute column: '{name}' exceeds the MaxLength:{limit} with CurrentLength:{length}."
)
COLUMN_TYPE = _invalid("{type} is an invalid type for the attribute column.")
NAN = _invalid("NaN can't be set to double value.")
INFINITY = _invalid("Infinity can't be set to double value.")
ROW_TOO_LARGE = _invalid(
    "The total data size of {operation} request exceeds the limit, limit size: {limit}, data size: {size}."
)

# Writing a row
COLUMN_FAILED = Refusal("OTSConditionCheckFail", "Condition check failed.")
ROW_EXISTS = Refusal("OTSConditionCheckFail", "Row exists which is expected nonexistent")
ROW_MISSING = Refusal("OTSConditionCheckFail", "Row does not exist which is expected existent")
ROW_CONFLICT = Refusal("OTSRowOperationConflict", "Data is being modified by the other request.")
PUT_WITH_OPERATION = _invalid("OpType cannot be given for column name:{name} in PutRow.")
PUT_WITHOUT_VALUE = _invalid("Invalid request of put row: find cells without values.")
UNEXPECTED_DELETE_MARKER = _invalid("Invalid request of put/update row: unexpected RowDeleteMarker in request.")
MISSING_DELETE_MARKER = _invalid("Invalid request of delete row: missing RowDeleteMarker in request.")
DELETE_WITH_CELLS = _invalid("Invalid delete row request: unexpected cells in request.")
UPDATE_WITHOUT_CELLS = _invalid("Attribute column is missing.")
DELETE_WITH_VALUE = _invalid("Column value cannot be given when type is DELETE_ONE_VERSION,DELETE_ALL_VERSION.")
DELETE_NEEDS_TIMESTAMP = _invalid("Timestamp must be given when type is DELETE_ONE_VERSION.")
DELETE_ALL_WITH_TIMESTAMP = _invalid("Timestamp cannot be given when type is DELETE_ALL_VERSION.")
INVALID_OPERATION = _invalid("Invalid op type of cell: {op}.")
MISSING_VALUE = _invalid("Invalid cell: {name}. Reason: missing value.")
TIMESTAMP_RANGE = _invalid("Timestamp must be in range [0, INT64_MAX/1000).")
TIMESTAMP_INVALID = _invalid("Invalid timestamp. Cell:{name}.")
INCREMENT_TYPE = _invalid("INCREMENT is only allowed on INTEGER columns, column: '{name}'.")
INCREMENT_OVERFLOW = _invalid("INCREMENT overflows column: '{name}'.")
INCREMENT_NOT_ALONE = _invalid("INCREMENT cannot be combined with another operation on column: '{name}'.")
INCREMENT_TIMESTAMP = _invalid("Timestamp cannot be given when type is INCREMENT.")
INVALID_EXISTENCE = _invalid("Invalid row-existence expectation: {expectation}.")
INVALID_RETURN_TYPE = _invalid("Invalid return type: {type}.")
AUTO_INCREMENT_CONDITION = _invalid("Can't set condition when modify row with pk auto increment.")
AUTO_INCREMENT_EXPECT = _invalid("Invalid expect:{expectation} when modify row with pk auto increment.")
AUTO_INCREMENT_DELETE = _invalid("Invalid row to delete which with pk auto increment.")
AUTO_INCREMENT_READ = _invalid("PKAutoIncr can't be used for read operations.")
AUTO_INCREMENT_MANY = _invalid("{count} pk auto increment exist in row.")

# Reading rows
READ_WITH_CELLS = _invalid("Attribute column cannot be given while reading data.")
READ_WITH_DELETE = _invalid("Delete marker cannot be given.")
NO_VERSION_CONDITION = _invalid("No version condition is specified while querying row.")
VERSIONS_NOT_POSITIVE = _invalid("Invalid max versions: {count} . Reason: Max versions must be positive.")
INCOMPLETE_TIME_RANGE = _invalid("Start and end time must be given at the same time.")
TIME_RANGE_EMPTY = _invalid("The start time must be less than the end time.")
SPECIFIC_TIME_NEGATIVE = _invalid("Specific timestamp cannot be less than 0.")
# The service's spelling: aliyun/aliyun-tablestore-nodejs-sdk, issue 58.
SPECIFIC_TIME_AND_VERSIONS = _invalid("Specific tiemstamp and max versions cannot be given at the same time.")
SPECIFIC_TIME_AND_RANGE = _invalid("Specific tiemstamp and time range cannot be given at the same time.")
TOO_MANY_COLUMNS_TO_GET = _invalid(
    "The number of columns from the request exceeds the limit, limit count: {limit} , column count:{count}."
)
LIMIT_NOT_POSITIVE = _invalid("The limit must be greater than 0.")
RANGE_FORWARD = _invalid("Begin key must less than end key in FORWARD")
RANGE_BACKWARD = _invalid("Begin key must more than end key in BACKWARD")

SPLIT_SIZE = _invalid("The split size must be greater than 0.")

# Batches
ROW_COUNT = _invalid("Rows count exceeds the upper limit: {limit}.")
NO_ROW_TO_GET = _invalid("No row specified in the request of BatchGetRow.")
NO_ROW_TO_WRITE = _invalid("No row is specified in BatchWriteRow.")
NO_ROW_FOR_TABLE = _invalid("No operation is specified for table: '{table}'.")
TABLE_TWICE = _invalid("Duplicated table name: '{table}'.")
REPEATED_EXPECTATION = _invalid("Repeated rows do not support row exist expectation check in BatchModify.")
REPEATED_CONDITION = _invalid("Repeated rows do not support row condition check in BatchModify.")
REPEATED_INCREMENT = _invalid("Repeated rows do not support INCREMENT in BatchModify.")
REPEATED_ROW = _invalid("Repeated rows are not supported in BatchModify.")

# Filters
BROKEN_FILTER = _invalid("Deserialize filter failed.")
BROKEN_RELATION_FILTER = _invalid("Deserialize relation filter failed.")
BROKEN_COMPOSITE_FILTER = _invalid("Deserialize composite filter failed.")
BROKEN_PAGINATION_FILTER = _invalid("Deserialize column pagination filter failed.")
FILTER_COUNT = _invalid("The count of filter exceeds the max: {limit}.")
FILTER_NOT = _invalid("Invalid NOT operator: the number of sub-filters must be 1.")
FILTER_AND_OR = _invalid("Invalid AND/OR operator: the number of sub-filters must be more than 1.")
FILTER_TYPE = _invalid("Invalid type of sub-filter: {type}.")
FILTER_REGEX = _invalid("Invalid regular expression of filter: '{regex}'.")
FILTER_IN_CONDITION = _invalid("Invalid type of filter: FT_COLUMN_PAGINATION.")
PAGINATION_OFFSET = _invalid("Offset in ColumnPaginationFilter must be greater than or equal to 0.")
PAGINATION_LIMIT = _invalid("Limit in ColumnPaginationFilter must be greater than 0.")

# Local transactions
TRANSACTION_INVALID = _invalid("TransactionID is invalid.")
TRANSACTION_ENDED = Refusal("OTSSessionNotExist", "Requested session does not exist.")
TRANSACTION_DISABLED = _invalid("Try to call method using explicit transaction on explicit-transaction-disabled table.")
TRANSACTION_KEY = _invalid("The partition key of the row differs from that of the transaction.")
TRANSACTION_TABLE = _invalid("The table of the row differs from that of the transaction.")
TRANSACTION_SIZE = _invalid("The total data size of the transaction exceeds the limit, limit size: {limit}.")
TRANSACTION_AUTO_INCREMENT = _invalid("A table with an auto increment primary key does not support transactions.")

# PlainBuffer
SHORT_DATA = _invalid("Input encoded PK broken, length is shorter than expect.")
HEADER_MISMATCH = _invalid("Cell data broken, mismatch header, actual: {actual} , expect: {expected}.")
TAG_MISMATCH = _invalid("Cell data broken, mismatch tag, actual tag({actual}), expect({expected}).")
CHECKSUM_MISMATCH = _invalid("Cell data broken, checksum is mismatch, {sent} :{computed} :")
UNKNOWN_VARIANT = _invalid("data format is invalid, unknown variant type occured.")
WRONG_LENGTH = _invalid("Cell data broken, wrong string format, size: {size}.")
NO_KEY_CELLS = _invalid("Cell data broken, no PK follow PKTag.")
NULL_KEY = _invalid("Cell data broken, PK value cannot be NULL, name: {name}.")
MORE_DATA = _invalid("Cell data broken, has more data in cell, but they can't be parsed.")
NOT_UTF8 = _invalid("Value of column must be UTF8 encoding.")


def of_fault(fault: Fault) -> TablestoreError:
    """The refusal that a fault asks for; a code of Tablestore's comes with its own status."""
    code = fault.code or "OTSServerBusy"
    if code in ERRORS:
        return TablestoreError(code, message=fault.message)
    error = TablestoreError("OTSServerBusy", message=fault.message or code)
    error.code, error.status = code, fault.status
    return error
