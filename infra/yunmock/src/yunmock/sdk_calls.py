"""The calls of the vendor's installed SDKs, and the check that yunmock routes or refuses each of them.

Plain functions, so that lint can call them too: `sentences = gaps(COVERAGE, routes.CALLS, sdk_calls.eci_calls())`.
"""

from __future__ import annotations

import inspect
import re
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from yunmock.coverage import Coverage

# `self._request_helper('GetRow', ...)`, or the helper of the JSON services.
TABLESTORE_SENDS = re.compile(r"_request_helper\(\s*['\"](\w+)['\"]")
# Messages of the vendor's proto file that are parts of a batch, not calls.
PART_OF_A_BATCH = re.compile(r"(Table|Row)InBatch\w+")


def tablestore_calls() -> frozenset[str]:
    """What `OTSClient` sends, and every operation that has a request message in the SDK's `table_store.proto`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # the SDK's codec is compiled for one Python alone
        from tablestore import OTSClient  # noqa: PLC0415 - slow
        from tablestore.protobuf import table_store_pb2  # noqa: PLC0415 - as above

    methods = [method for name, method in vars(OTSClient).items() if inspect.isfunction(method) and name[0] != "_"]
    sent = {name for method in methods for name in TABLESTORE_SENDS.findall(inspect.getsource(method))}
    messages = {name for name in table_store_pb2.DESCRIPTOR.message_types_by_name if name.endswith("Request")}
    return frozenset(sent | {n.removesuffix("Request") for n in messages if not PART_OF_A_BATCH.fullmatch(n)})


def eci_calls() -> frozenset[str]:
    """The actions of `alibabacloud_eci20180808`: `describe_container_groups_with_options` sends one of that name."""
    from alibabacloud_eci20180808.client import Client  # noqa: PLC0415 - slow

    suffix = "_with_options"
    names = [name.removesuffix(suffix) for name in vars(Client) if name.endswith(suffix)]
    return frozenset("".join(part.capitalize() for part in name.split("_")) for name in names)


def gaps(coverage: Coverage, routed: Collection[str], sdk: Collection[str]) -> list[str]:
    """A sentence for each way in which a service's routes, its coverage and the vendor's SDK disagree.

    Args:
        coverage: what the service states.
        routed: the calls that its `routes.py` answers.
        sdk: the calls of the vendor's installed SDK.
    """
    answered, refused, title = coverage.calls, coverage.refused, coverage.title
    checks = {
        "is routed, but the SDK has no such call": set(routed) - set(sdk),
        "is refused, but the SDK has no such call": set(refused) - set(sdk),
        "is a call of the SDK: route it, or add it to `refused` in coverage.py": set(sdk) - set(routed) - set(refused),
        "is routed: add it to `calls` in coverage.py": set(routed) - set(answered),
        "is in `calls` of coverage.py, but it is not routed": set(answered) - set(routed),
        "is routed: remove it from `refused` in coverage.py": set(routed) & set(refused),
        "needs a reason in `refused` of coverage.py": {name for name, reason in refused.items() if not reason},
    }
    return [f"{title}: {name} {problem}" for problem, names in checks.items() for name in sorted(names)]
