"""How policies are read and evaluated: the rules of the vendor's pages on elements, syntax and evaluation, as cases."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from yunmock.ram.conditions import CURRENT_TIME, SOURCE_IP
from yunmock.ram.errors import InvalidPolicyError
from yunmock.ram.policy import Decision, Permission, decide, grants, is_within, read_policy

ALLOW, DENIED, REFUSED = Decision.ALLOW, Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY
TABLE = "acs:ots:cn-hangzhou:1000000000000001:instance/opsledger/table/opsledger_records"
INDEX = f"{TABLE}_by_kind"
NOW = {CURRENT_TIME: "2026-03-01T12:00:00+00:00", SOURCE_IP: "127.0.0.1"}


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "1", "Statement": list(statements)}


class Case(NamedTuple):
    """Statements, a call, and the decision."""

    name: str
    statements: list[dict[str, Any]]
    action: str
    resource: str
    decision: Decision


def only_if(**conditions: Any) -> dict[str, Any]:
    """A statement that allows everything under conditions: `only_if(DateLessThan={key: value})`."""
    return allow("*", Condition=conditions)


ELSEWHERE = {"IpAddress": {SOURCE_IP: "::1"}}

CASES = [
    Case("nothing else is allowed", [allow("ots:PutRow", TABLE)], "ots:GetRow", TABLE, REFUSED),
    Case("an exact match", [allow("ots:GetRow", TABLE)], "ots:GetRow", TABLE, ALLOW),
    Case("a text and a list mean the same", [allow(["ots:GetRow"], [TABLE])], "ots:GetRow", TABLE, ALLOW),
    Case("one of several", [allow(["ots:PutRow", "ots:GetRow"], ["acs:x", TABLE])], "ots:GetRow", TABLE, ALLOW),
    Case("several statements", [allow("ots:PutRow"), allow("ots:GetRow")], "ots:GetRow", TABLE, ALLOW),
    Case("an action and a resource of different statements", [allow("ots:GetRow", "acs:x"), allow("ots:PutRow", TABLE)],
         "ots:GetRow", TABLE, REFUSED),
    Case("a deny after an allow wins", [allow("*"), deny("ots:GetRow")], "ots:GetRow", TABLE, DENIED),
    Case("a deny before an allow wins", [deny("ots:GetRow"), allow("*")], "ots:GetRow", TABLE, DENIED),
    Case("a deny of something else", [allow("*"), deny("ots:PutRow")], "ots:GetRow", TABLE, ALLOW),
    Case("a deny of another resource", [allow("*"), deny("*", INDEX)], "ots:GetRow", TABLE, ALLOW),
    Case("every action", [allow("*", "*")], "ots:GetRow", TABLE, ALLOW),
    Case("every action of a service", [allow("ots:*")], "ots:GetRow", TABLE, ALLOW),
    Case("every action of another service", [allow("oss:*")], "ots:GetRow", TABLE, REFUSED),
    Case("a prefix of actions", [allow("ots:BatchGet*")], "ots:BatchGetRow", TABLE, ALLOW),
    Case("a prefix that does not match", [allow("ots:BatchGet*")], "ots:BatchWriteRow", TABLE, REFUSED),
    Case("a suffix of actions", [allow("ots:*Row")], "ots:BatchWriteRow", TABLE, ALLOW),
    Case("actions have no case", [allow("OTS:getrow")], "ots:GetRow", TABLE, ALLOW),
    Case("resources have case", [allow("*", TABLE.upper().replace("ACS:", "acs:"))], "ots:GetRow", TABLE, REFUSED),
    Case("any region and account", [allow("*", "acs:ots:*:*:instance/opsledger/table/opsledger_*")],
         "ots:GetRow", TABLE, ALLOW),
    Case("the instance alone", [allow("*", "acs:ots:*:*:instance/opsledger")], "ots:GetRow", TABLE, REFUSED),
    Case("a wildcard crosses slashes and colons", [allow("*", "acs:ots:*")], "ots:GetRow", TABLE, ALLOW),
    Case("a table is not its index", [allow("*", TABLE)], "ots:GetRange", INDEX, REFUSED),
    Case("an index is a resource", [allow("*", INDEX)], "ots:GetRange", INDEX, ALLOW),
    Case("a dot is a dot", [allow("*", "acs:ots:a.b")], "ots:GetRow", "acs:ots:axb", REFUSED),
    Case("a question mark is a question mark", [allow("ots:GetRo?")], "ots:GetRow", TABLE, REFUSED),
    Case("everything but an action", [{"Effect": "Allow", "NotAction": "ram:*", "Resource": "*"}],
         "ots:GetRow", TABLE, ALLOW),
    Case("not the excepted action", [{"Effect": "Allow", "NotAction": "ots:*", "Resource": "*"}],
         "ots:GetRow", TABLE, REFUSED),
    Case("deny all but an action", [allow("*"), {"Effect": "Deny", "NotAction": "ots:PutRow", "Resource": "*"}],
         "ots:GetRow", TABLE, DENIED),
    Case("everything but a resource", [{"Effect": "Allow", "Action": "*", "NotResource": INDEX}],
         "ots:GetRow", TABLE, ALLOW),
    Case("not the excepted resource", [{"Effect": "Allow", "Action": "*", "NotResource": [INDEX, TABLE]}],
         "ots:GetRow", TABLE, REFUSED),
    Case("before a date", [only_if(DateLessThan={CURRENT_TIME: "2026-03-01T12:00:01Z"})], "a:B", TABLE, ALLOW),
    Case("not before a date", [only_if(DateLessThan={CURRENT_TIME: "2026-03-01T12:00:00Z"})], "a:B", TABLE, REFUSED),
    Case("at a date with an offset", [only_if(DateEquals={CURRENT_TIME: "2026-03-01T20:00:00+08:00"})],
         "a:B", TABLE, ALLOW),
    Case("a date without an offset is UTC", [only_if(DateGreaterThanEquals={CURRENT_TIME: "2026-03-01T12:00:00"})],
         "a:B", TABLE, ALLOW),
    Case("two operators must both hold", [only_if(DateGreaterThan={CURRENT_TIME: "2026-01-01T00:00:00Z"},
                                                  IpAddress={SOURCE_IP: "10.0.0.0/8"})], "a:B", TABLE, REFUSED),
    Case("one of several values suffices", [only_if(IpAddress={SOURCE_IP: ["10.0.0.0/8", "127.0.0.1"]})],
         "a:B", TABLE, ALLOW),
    Case("a negated operator excludes each value", [only_if(NotIpAddress={SOURCE_IP: ["10.0.0.0/8", "127.0.0.0/8"]})],
         "a:B", TABLE, REFUSED),
    Case("StringLike takes both wildcards", [only_if(StringLike={SOURCE_IP: "127.?.*"})], "a:B", TABLE, ALLOW),
    Case("a condition that fails makes a deny void", [allow("*"), deny("*", Condition=ELSEWHERE)],
         "a:B", TABLE, ALLOW),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decide(case: Case) -> None:
    """Deny by default, an explicit Deny wins, and statements cover what their elements say."""
    statements = read_policy(document(*case.statements))

    assert decide(statements, Permission(case.action, case.resource), NOW) is case.decision


def test_no_statements_allow_nothing() -> None:
    """A role without policies may do nothing."""
    assert decide((), Permission("ots:GetRow", TABLE), NOW) is REFUSED


INVALID: list[tuple[str, Any, str]] = [
    ("another version", {"Version": "2012-10-17", "Statement": [allow("*")]}, "Version"),
    ("no version", {"Statement": [allow("*")]}, "Version"),
    ("another element", {**document(allow("*")), "Id": "x"}, "'Id'"),
    ("no statements", {"Version": "1", "Statement": []}, "Statement"),
    ("a statement outside a list", {"Version": "1", "Statement": allow("*")}, "Statement"),
    ("a statement that is no map", {"Version": "1", "Statement": ["x"]}, r"Statement\[0\]"),
    ("a principal", document(allow("*", Principal="*")), "'Principal'"),
    ("an effect in lower case", document({**allow("*"), "Effect": "allow"}), "Effect"),
    ("an effect that is no text", document({**allow("*"), "Effect": ["Allow"]}), "Effect"),
    ("no action", document({"Effect": "Allow", "Resource": "*"}), "either Action or NotAction"),
    ("two actions", document(allow("*", NotAction="ots:*")), "either Action or NotAction"),
    ("no resource", document({"Effect": "Allow", "Action": "*"}), "either Resource or NotResource"),
    ("two resources", document(allow("*", NotResource="*")), "either Resource or NotResource"),
    ("an empty list", document(allow([])), "Action"),
    ("a number", document(allow(["ots:GetRow", 1])), "Action"),
    ("an action without a service", document(allow("GetRow")), "service:Action"),
    ("a resource that is no ARN", document(allow("*", "instance/opsledger")), "ARN"),
    ("an empty condition", document(allow("*", Condition={})), "Condition"),
    ("an unknown key", document(only_if(StringEquals={"acs:MFAPresent": "true"})), "acs:MFAPresent"),
    ("an unknown operator", document(only_if(StringMatches={SOURCE_IP: "x"})), "StringMatches"),
    ("an operator of another kind", document(only_if(IpAddress={CURRENT_TIME: "127.0.0.1"})), "IpAddress"),
    ("a date that is none", document(only_if(DateLessThan={CURRENT_TIME: "tomorrow"})), "tomorrow"),
    ("an address that is none", document(only_if(IpAddress={SOURCE_IP: ["127.0.0.1", "home"]})), "home"),
    ("a value that is no text", document(only_if(StringLike={SOURCE_IP: [1]})), "text"),
]


@pytest.mark.parametrize(("policy", "named"), [case[1:] for case in INVALID], ids=[case[0] for case in INVALID])
def test_an_invalid_document_is_refused_by_name(policy: Any, named: str) -> None:
    """When it is read, not when a call depends on it."""
    with pytest.raises(InvalidPolicyError, match=named):
        read_policy(policy)


def test_grants_are_the_pairs_that_a_policy_names() -> None:
    """As written; a Deny grants nothing, and an exception grants everything else."""
    statements = read_policy(
        document(
            allow(["ots:Get*", "ots:PutRow"], TABLE),
            deny("fc:*"),
            {"Effect": "Allow", "NotAction": "ram:*", "Resource": INDEX},
        )
    )

    assert grants(statements) == [("ots:Get*", TABLE), ("ots:PutRow", TABLE), ("*", INDEX)]
    assert is_within(Permission("ots:GetRow", TABLE), grants(statements)[0])
    assert not is_within(Permission("ots:GetRow", INDEX), grants(statements)[0])
