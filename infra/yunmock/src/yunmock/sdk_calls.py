"""Check the routes and the coverage of every service against the calls of the vendor's installed SDKs.

`python -m yunmock.sdk_calls` prints a sentence for each route that is not a call of the SDK, and for each call of the
SDK that is neither routed nor refused by name; the exit code is 1 if there are any. It needs the SDKs of all services.
"""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from typing import TYPE_CHECKING

from yunmock.eci import coverage as eci_coverage
from yunmock.eci import routes as eci_routes
from yunmock.ecs import api_2014
from yunmock.ecs import coverage as ecs_coverage
from yunmock.ecs import routes as ecs_routes
from yunmock.eventbridge import coverage as eventbridge_coverage
from yunmock.eventbridge import routes as eventbridge_routes
from yunmock.fc import api_2023
from yunmock.fc import coverage as fc_coverage
from yunmock.fc import routes as fc_routes
from yunmock.mns import api as mns_api
from yunmock.mns import coverage as mns_coverage
from yunmock.mns import routes as mns_routes
from yunmock.ros import coverage as ros_coverage
from yunmock.ros import routes as ros_routes
from yunmock.tablestore import coverage as tablestore_coverage
from yunmock.tablestore import routes as tablestore_routes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from yunmock.coverage import Coverage

# `self._request_helper('GetRow', ...)`, or the helper of the JSON services.
TABLESTORE_SENDS = re.compile(r"_request_helper\(\s*['\"](\w+)['\"]")
# Messages of the vendor's proto file that are parts of a batch, not calls.
PART_OF_A_BATCH = re.compile(r"(Table|Row)InBatch\w+")
# `self.do_request('putEvents', 'HTTP', 'POST', f'/openapi/putEvents', ...)`
EVENTBRIDGE_SENDS = re.compile(r"do_request\(\s*'\w+',\s*'\w+',\s*'POST',\s*f?'(/openapi/[\w/]+)'")
# `method = 'GET'` and `path = '/{0}/services/{1}'.format(...)` are how every method of `fc2.Client` begins. The one
# that calls an HTTP trigger takes the HTTP method from its caller.
FC2_METHOD = re.compile(r"method = '(\w+)'")
FC2_PATH = re.compile(r"path = '/\{0\}([^']*)'")
FC2_VERSION = "/2016-08-15"
ANY_METHOD = "GET"


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
    return frozenset(_camel(name.removesuffix(suffix)) for name in vars(Client) if name.endswith(suffix))


def eventbridge_paths() -> dict[str, str]:
    """The calls of `alibabacloud_eventbridge` by the path that they are sent to."""
    from alibabacloud_eventbridge.client import Client  # noqa: PLC0415 - slow

    methods = [method for name, method in vars(Client).items() if name.endswith("_with_options")]
    paths = {path for method in methods for path in EVENTBRIDGE_SENDS.findall(inspect.getsource(method))}
    return {path: eventbridge_routes.operation_of(path) for path in paths}


def fc2_paths() -> dict[str, str]:
    """The calls of `aliyun-fc2` by method and path, such as `GET /2016-08-15/services/*`."""
    import fc2  # noqa: PLC0415 - only this check needs it

    paths = {}
    for name, method in vars(fc2.Client).items():
        source = inspect.getsource(method) if inspect.isfunction(method) and name[0] != "_" else ""
        if path := FC2_PATH.search(source):
            sent = FC2_METHOD.search(source)
            paths[f"{sent[1] if sent else ANY_METHOD} {_path(FC2_VERSION + path[1])}"] = _camel(name)
    return paths


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


def path_gaps(coverage: Coverage, routed: Collection[str], sdk: Mapping[str, str]) -> list[str]:
    """The same as `gaps` for a service whose calls are paths; `sdk` has the calls of the SDK by path."""
    return gaps(coverage, [sdk.get(path, path) for path in routed], set(sdk.values()))


def all_gaps() -> list[str]:
    """A sentence for each disagreement, of all services."""
    fc2_routed, fc_2023_routed = _fc_routed()
    fc_2023 = {path: name for name, path in api_2023.CALLS.items()}
    return [
        *gaps(tablestore_coverage.COVERAGE, tablestore_routes.CALLS, tablestore_calls()),
        *gaps(eci_coverage.COVERAGE, eci_routes.CALLS, eci_calls()),
        *gaps(ecs_coverage.COVERAGE, ecs_routes.CALLS, api_2014.CALLS),
        *path_gaps(eventbridge_coverage.COVERAGE, _eventbridge_routed(), eventbridge_paths()),
        *path_gaps(fc_coverage.COVERAGE, fc2_routed, fc2_paths()),
        *path_gaps(fc_coverage.COVERAGE_2023, fc_2023_routed, fc_2023),
        *gaps(mns_coverage.COVERAGE, mns_routes.CALLS, mns_api.CALLS),
        *gaps(ros_coverage.COVERAGE, ros_routes.CALLS, ros_coverage.CALLS),
    ]


def _eventbridge_routed() -> list[str]:
    return [*eventbridge_routes.CALLS, eventbridge_routes.PUT_EVENTS]


def _fc_routed() -> tuple[list[str], list[str]]:
    """The routes of the 2016-08-15 API and of the 2023-03-30 API, by method and path.

    An HTTP trigger has a route for each HTTP method, and the SDK one call for all.
    """
    triggers = fc_routes.HTTP_TRIGGER
    routes = [each for each in fc_routes.ROUTES if each.operation != triggers or each.method == ANY_METHOD]
    paths = [f"{route.method} {_path(route.template)}" for route in routes]
    return [path for path in paths if FC2_VERSION in path], [path for path in paths if FC2_VERSION not in path]


def _path(template: str) -> str:
    """A path with `*` for each part that varies; a service may be `name.version`, and a rest begins with a slash."""
    return re.sub(r"\{\w+\}(\.\{\w+\})?", "*", re.sub(r"(?<!/)(?<!\.)\{\w+\}$", "/*", template))


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def main() -> int:
    """Print every disagreement; the exit code is 1 if there are any."""
    found = all_gaps()
    sys.stdout.writelines(f"{sentence}\n" for sentence in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
